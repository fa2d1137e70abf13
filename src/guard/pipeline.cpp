#include "gatehouse/guard/pipeline.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "limit_verdicts.hpp"

namespace gatehouse::guard {
namespace {

using telemetry::Counter;

constexpr std::string_view kBotRules = "bot.";

// The host of an Origin, which is counted as a domain.
std::string domain_of(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return {};
  return to_lower_ascii(origin.substr(scheme_end + 3, 253));
}

std::string_view event_of(const Verdict& verdict) {
  if (verdict.action == Action::kThrottle) return telemetry::event::kRateLimitExceeded;
  switch (verdict.code) {
    case ErrorCode::kForbidden:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kChallengeRequired:
    case ErrorCode::kContentBlocked:
      return telemetry::event::kSecurityAlert;
    default:
      return telemetry::event::kValidationError;
  }
}

}  // namespace

Pipeline::Pipeline(const Shared& shared, telemetry::Log& log, telemetry::Counters& counters)
    : shared_(shared),
      log_(log),
      counters_(counters),
      request_guards_(make_request_guards(shared.crawlers)) {
  message_guards_.push_back(make_text_guard());
}

Result<void> Pipeline::use(const MessageGuardParts& parts) {
  auto guards = make_message_guards(parts);
  if (!guards) return std::unexpected(guards.error());
  message_guards_ = std::move(*guards);
  return {};
}

std::optional<Verdict> Pipeline::check_ban(const RequestView& request) const {
  const auto ban = shared_.escalation.ban_of(request.client);
  if (!ban) [[likely]]
    return std::nullopt;
  const auto left_ms = unix_ms(ban->expires_at) - unix_ms(shared_.clock.wall());
  return Verdict{
      .action = Action::kDeny,
      .code = ErrorCode::kForbidden,
      .rule = Escalation::kBanRule,
      .reason =
          "Your network address is kept out for a time, because of what was sent "
          "from it before.",
      .field = {},
      .evidence = ban->reason,
      .retry_after_s = static_cast<std::uint32_t>(std::max<std::int64_t>(left_ms, 0) / 1000 + 1)};
}

// Asked of people's programs only, who can do the work unseen: keys stand for themselves.
std::optional<Verdict> Pipeline::check_challenge(const RequestView& request, const IpPrefix& client,
                                                 const Principal& principal, bool is_asked_anyway) {
  const EndpointClass endpoint = request.route->endpoint;
  const bool is_guarded = endpoint == EndpointClass::kChat || endpoint == EndpointClass::kSession;
  if (!is_guarded || principal.kind == Principal::Kind::kApiKey) return std::nullopt;
  if (!is_asked_anyway && !shared_.escalation.needs_challenge(client)) [[likely]]
    return std::nullopt;
  std::string_view evidence = "none was sent";
  if (request.challenge_solution) {
    const auto answer = shared_.escalation.challenges().check(*request.challenge_solution, client,
                                                              principal.site, shared_.clock.wall());
    if (answer == Challenges::Answer::kSolved) {
      shared_.escalation.note_solved(client);
      return std::nullopt;
    }
    evidence = name_of(answer);
  }
  return Verdict{
      .action = Action::kChallenge,
      .code = ErrorCode::kChallengeRequired,
      .rule = "challenge.required",
      .reason = "Too much has come from your address. Your browser has a little work to do first.",
      .field = "X-Gatehouse-Challenge",
      .evidence = std::string(evidence),
      .challenge_json =
          shared_.escalation.challenges().issue(client, principal.site, shared_.clock.wall())};
}

// Bans, and the limits of the prefix. What they refuse is noted.
std::optional<Verdict> Pipeline::check_client(const RequestView& request, const Trail& trail,
                                              std::string& header_lines) {
  const Caller caller{.request_id = request.request_id, .client = request.client};
  if (auto banned = check_ban(request)) {
    note(*banned, trail, caller, request.path);
    return banned;
  }
  // Limits come before what costs more, and count what the other guards refuse: probing isn't free.
  const EndpointClass endpoint =
      request.route != nullptr ? request.route->endpoint : EndpointClass::kApi;
  const IpPrefix prefix = IpPrefix::of_client(request.client);
  auto throttled =
      charge(shared_.limits.before_credentials(endpoint, prefix, shared_.escalation.level(prefix)),
             header_lines);
  if (throttled) note(*throttled, trail, caller, request.path);
  return throttled;
}

std::expected<AdmissionReceipt, Verdict> Pipeline::admit_again(const RequestView& request,
                                                               const Principal& principal,
                                                               const Policy& policy) {
  Trail trail;
  std::string header_lines;  // there is no head to carry them
  if (auto refused = check_client(request, trail, header_lines))
    return std::unexpected(std::move(*refused));
  return admit(request, principal, policy, trail, header_lines);
}

std::optional<Verdict> Pipeline::check_request(const RequestView& request, const Policy& policy,
                                               Trail& trail, std::string& header_lines) {
  if (auto refused = check_client(request, trail, header_lines)) return refused;
  auto refused = decide_request(request, request_guards_, policy, trail);
  if (!refused) [[likely]]
    return std::nullopt;
  record(request, Principal::Kind::kAnonymous, trail, Action::kDeny);
  const Caller caller{.request_id = request.request_id, .client = request.client};
  note(*refused, trail, caller, request.path);
  return refused;
}

Verdict Pipeline::check_session(const Principal& principal, const Policy& policy,
                                const Caller& caller) {
  Verdict verdict = shared_.sessions.judge(principal, caller.client, policy, shared_.clock.now());
  if (verdict.action == Action::kDeny && policy.session_signals == SessionSignals::kEnd) {
    shared_.sessions.threatened({.principal = principal,
                                 .client = caller.client,
                                 .request_id = caller.request_id,
                                 .rule = verdict.rule});
  }
  return verdict;
}

bool Pipeline::may_renew(const Principal& principal, const Policy& policy, const Caller& caller) {
  const Verdict verdict = check_session(principal, policy, caller);
  if (!verdict.ends_the_run()) [[likely]]
    return true;
  Trail trail;
  trail.add(verdict);
  if (verdict.action == Action::kDeny) note(verdict, trail, caller, {});
  return false;
}

std::expected<AdmissionReceipt, Verdict> Pipeline::admit(const RequestView& request,
                                                         const Principal& principal,
                                                         const Policy& policy, Trail& trail,
                                                         std::string& header_lines) {
  const Caller caller{
      .request_id = request.request_id, .client = request.client, .principal = &principal};
  const IpPrefix prefix = IpPrefix::of_client(request.client);
  const std::string domain = request.origin.empty() ? std::string() : domain_of(request.origin);
  auto refused =
      charge(shared_.limits.after_credentials(request.route->endpoint, principal, prefix, domain,
                                              shared_.escalation.level(principal)),
             header_lines);
  Verdict session = check_session(principal, policy, caller);
  const bool is_suspected_bot =
      policy.bots == BotPolicy::kChallenge && trail.worst_rule().starts_with(kBotRules);
  const bool owes_work = policy.bots == BotPolicy::kChallenge &&
                         request.route->endpoint == EndpointClass::kChat &&
                         shared_.cadence.owes_work(principal.id);
  const bool asks_for_work = session.action == Action::kChallenge || is_suspected_bot || owes_work;
  if (session.action == Action::kFlag) trail.add(session);
  if (!refused && session.action == Action::kDeny) refused = std::move(session);
  if (!refused) refused = check_challenge(request, prefix, principal, asks_for_work);
  if (!refused && owes_work) shared_.cadence.settle(principal.id);
  if (refused) {
    trail.add(*refused);
    note(*refused, trail, caller, request.path);
    return std::unexpected(std::move(*refused));
  }
  record(request, principal.kind, trail, trail.is_empty() ? Action::kAllow : Action::kFlag);
  if (!trail.is_empty()) note_flags(trail, request.tls.ja4_text(), caller, request.path);
  return AdmissionReceipt();
}

async::Task<std::optional<Verdict>> Pipeline::check_firewall(async::Worker& home,
                                                             FirewallRequest request,
                                                             const Policy& policy, Caller caller) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const bool is_too_long = request.body.size() > policy.scan_max_bytes;
  if (is_too_long) request.body.clear();  // the head can be looked at all the same
  FirewallReport report = co_await shared_.firewall->look_at(home, std::move(request));
  if (is_too_long) report.unscanned = "the body is longer than guard.scan_max_bytes";
  Verdict verdict = judge_firewall(report, policy);
  if (verdict.action == Action::kAllow) co_return std::nullopt;
  Trail trail;
  trail.add(verdict);
  if (verdict.ends_the_run()) {
    note(verdict, trail, caller, path);
    co_return verdict;
  }
  note_flags(trail, verdict.evidence, caller, path);
  co_return std::nullopt;
}

std::expected<Place, Verdict> Pipeline::take_place(Places::Kind kind, const Caller& caller) {
  auto place = shared_.places.take(kind, *caller.principal, IpPrefix::of_client(caller.client));
  if (place) return std::move(*place);
  const bool is_stream = kind == Places::Kind::kStream;
  Verdict verdict{
      .action = Action::kThrottle,
      .code = ErrorCode::kRateLimited,
      .score = 100,
      .rule = is_stream ? "limit.streams" : "limit.answers",
      .reason = is_stream ? "Too many event streams are open already. Close one and try again."
                          : "Too many answers are on their way already. Wait for one to end.",
      .field = {},
      .evidence = {},
      .retry_after_s = 1};
  note(verdict, Trail(), caller, {});
  return std::unexpected(std::move(verdict));
}

void Pipeline::note_wrong_credential(const IpAddress& client) {
  shared_.escalation.note_wrong_credential(IpPrefix::of_client(client));
}

std::expected<AdmissionReceipt, Verdict> Pipeline::check_message(const MessageView& message,
                                                                 const Policy& policy,
                                                                 const Caller& caller) {
  return check_messages({&message, 1}, policy, caller);
}

std::expected<AdmissionReceipt, Verdict> Pipeline::check_messages(
    std::span<const MessageView> newest_first, const Policy& policy, const Caller& caller) {
  auto decision = decide_messages(newest_first, message_guards_, policy);
  record(newest_first, caller, decision);
  if (decision.refusal) {
    note(*decision.refusal, decision.trail, caller, {});
    return std::unexpected(std::move(*decision.refusal));
  }
  if (!decision.trail.is_empty()) note_flags(decision.trail, decision.evidence, caller, {});
  return AdmissionReceipt();
}

void Pipeline::record(const RequestView& request, Principal::Kind principal, const Trail& trail,
                      Action action) {
  if (shared_.recordings == nullptr) [[likely]]
    return;
  if (request.route == nullptr || !is_dynamic(request.route->endpoint)) return;
  const IpPrefix client = IpPrefix::of_client(request.client);
  if (!shared_.recordings->takes("request", client, shared_.clock.now())) return;
  shared_.recordings->add({.request_id = std::string(request.request_id),
                           .at = shared_.clock.wall(),
                           .principal = principal,
                           .head = recorded_head(request),
                           .action = action,
                           .rule = std::string(trail.worst_rule()),
                           .score = trail.score()});
}

// What was refused for its repetition is a matter of limits, which no replay can tell again.
void Pipeline::record(std::span<const MessageView> newest_first, const Caller& caller,
                      const MessageDecision& decision) {
  if (shared_.recordings == nullptr) [[likely]]
    return;
  const Action action = decision.refusal            ? decision.refusal->action
                        : decision.trail.is_empty() ? Action::kAllow
                                                    : Action::kFlag;
  if (action == Action::kThrottle) return;
  const IpPrefix client = IpPrefix::of_client(caller.client);
  if (!shared_.recordings->takes("message", client, shared_.clock.now())) return;
  shared_.recordings->add({.request_id = std::string(caller.request_id),
                           .at = shared_.clock.wall(),
                           .principal = caller.principal->kind,
                           .messages = recorded_messages(newest_first),
                           .action = action,
                           .rule = std::string(decision.trail.worst_rule()),
                           .score = decision.trail.score()});
}

void Pipeline::note_invalid(const Error& error, std::string_view request_id) {
  counters_.add(Counter::kValidationErrors);
  log_.info(telemetry::event::kValidationError, error.for_log(),
            {{"request_id", request_id}, {"field", error.field}});
}

std::optional<Verdict> Pipeline::charge(const RateCharges& charges, std::string& header_lines) {
  if (charges.charges().empty()) return std::nullopt;
  const RateOutcome outcome =
      shared_.rates.try_decide(charges.charges(), shared_.rate_clock.now_ms());
  return verdict_of(charges, outcome, header_lines);
}

void Pipeline::note_flags(const Trail& trail, std::string_view evidence, const Caller& caller,
                          std::string_view path) {
  counters_.add(Counter::kGuardFlagged);
  log_.info(telemetry::event::kSecurityAlert, "A request was flagged and let in.",
            {{"request_id", caller.request_id},
             {"path", path},
             {"trail", trail.to_string()},
             {"evidence", evidence}});
  explain({.action = Action::kFlag,
           .score = trail.score(),
           .rule = trail.worst_rule(),
           .reason = {},
           .field = {},
           .evidence = std::string(evidence)},
          trail, caller, path);
}

void Pipeline::explain(const Verdict& verdict, const Trail& trail, const Caller& caller,
                       std::string_view path) {
  const IpPrefix prefix = IpPrefix::of_client(caller.client);
  if (!shared_.sampler.takes(verdict.rule, prefix, shared_.clock.now())) return;
  shared_.explanations.add(
      {.request_id = std::string(caller.request_id),
       .at = shared_.clock.wall(),
       .path = std::string(path),
       .client = caller.client.to_string(),
       .principal = caller.principal != nullptr ? caller.principal->owner() : std::string(),
       .rule = std::string(verdict.rule),
       .action = std::string(name_of(verdict.action)),
       .score = verdict.score,
       .told = std::string(verdict.reason),
       .evidence = verdict.evidence,
       .trail = trail.to_string(),
       .policy = policy_version_});
}

void Pipeline::note(const Verdict& verdict, const Trail& trail, const Caller& caller,
                    std::string_view path) {
  const bool is_throttle = verdict.action == Action::kThrottle;
  counters_.add(is_throttle ? Counter::kGuardThrottled : Counter::kGuardDenied);
  if (event_of(verdict) == telemetry::event::kValidationError)
    counters_.add(Counter::kValidationErrors);
  shared_.escalation.note(IpPrefix::of_client(caller.client), caller.principal, verdict);
  explain(verdict, trail, caller, path);
  log_.warning(event_of(verdict), verdict.reason,
               {{"request_id", caller.request_id},
                {"rule", verdict.rule},
                {"evidence", verdict.evidence},
                {"trail", trail.to_string()},
                {"path", path},
                {"client", caller.client.to_string()}});
}

}  // namespace gatehouse::guard
