// What the pipeline says of channels whose platform hands messages over by signed webhooks.
#include "gatehouse/guard/pipeline.hpp"

namespace gatehouse::guard {

using telemetry::Counter;

Verdict Pipeline::refuse_webhook(Verdict refusal, const Caller& caller, std::string_view path,
                                 std::string& header_lines) {
  counters_.add(Counter::kAuthFailures);
  log_.info(telemetry::event::kAuthFailed, refusal.reason,
            {{"request_id", caller.request_id},
             {"rule", refusal.rule},
             {"path", path},
             {"client", caller.client.to_string()}});
  auto throttled =
      charge(shared_.limits.after_bad_signature(IpPrefix::of_client(caller.client)), header_lines);
  if (throttled) {
    counters_.add(Counter::kGuardThrottled);
    log_.warning(telemetry::event::kRateLimitExceeded, throttled->reason,
                 {{"request_id", caller.request_id},
                  {"rule", throttled->rule},
                  {"path", path},
                  {"client", caller.client.to_string()}});
    refusal = std::move(*throttled);
  } else {
    counters_.add(Counter::kGuardDenied);
  }
  explain(refusal, Trail(), caller, path);
  return refusal;
}

std::optional<Verdict> Pipeline::charge_channel(const Caller& caller, const Principal* group) {
  std::string no_headers;
  auto refused = charge(shared_.limits.for_channel(*caller.principal, group,
                                                   shared_.escalation.level(*caller.principal)),
                        no_headers);
  if (refused) note(*refused, Trail(), caller, {});
  return refused;
}

}  // namespace gatehouse::guard
