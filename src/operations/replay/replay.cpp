#include "gatehouse/operations/replay.hpp"

#include "gatehouse/base/text.hpp"
#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::operations {
namespace {

using guard::Action;

ReplayVerdict verdict_of(const std::optional<guard::Verdict>& refusal, const guard::Trail& trail) {
  const Action flag = trail.is_empty() ? Action::kAllow : Action::kFlag;
  return {.action = refusal ? refusal->action : flag,
          .rule = std::string(trail.worst_rule()),
          .score = trail.score()};
}

ReplayVerdict decide(const guard::Recording& recording, const guard::Policy& policy,
                     const guard::RequestGuards& request_guards,
                     const guard::MessageGuards& message_guards) {
  if (!recording.head) {
    const auto decision =
        guard::decide_messages(recording.message_views(policy), message_guards, policy);
    return verdict_of(decision.refusal, decision.trail);
  }
  guard::Trail trail;
  const auto refusal =
      guard::decide_request(recording.request_view(), request_guards, policy, trail);
  return verdict_of(refusal, trail);
}

void count(const ReplayVerdict& verdict, std::uint64_t& denied, std::uint64_t& flagged) {
  if (verdict.action == Action::kDeny) ++denied;
  if (verdict.action == Action::kFlag) ++flagged;
}

}  // namespace

ReplayReport replay(std::span<const guard::Recording> recordings, const guard::Policy& policy,
                    const guard::MessageGuards& guards) {
  const auto request_guards = guard::make_request_guards();
  ReplayReport report;
  for (const auto& recording : recordings) {
    ReplayVerdict then{
        .action = recording.action, .rule = recording.rule, .score = recording.score};
    ReplayVerdict now = decide(recording, policy, request_guards, guards);
    ++(recording.head ? report.requests : report.messages);
    count(then, report.denied_then, report.flagged_then);
    count(now, report.denied_now, report.flagged_now);
    if (then.action == now.action) continue;
    report.changes.push_back({.request_id = recording.request_id,
                              .at = recording.at,
                              .is_message = !recording.head,
                              .then = std::move(then),
                              .now = std::move(now)});
  }
  return report;
}

std::optional<Duration> parse_age(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto number = parse_u64(text.substr(0, text.size() - 1));
  const char unit = text.back();
  if (!number || *number > 525'600) return std::nullopt;
  const auto amount = static_cast<std::int64_t>(*number);
  Duration age{};
  if (unit == 'm') age = std::chrono::minutes(amount);
  if (unit == 'h') age = std::chrono::hours(amount);
  if (unit == 'd') age = std::chrono::days(amount);
  if (age == Duration{} || age > std::chrono::days(366)) return std::nullopt;
  return age;
}

}  // namespace gatehouse::operations
