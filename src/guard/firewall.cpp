#include "gatehouse/guard/firewall.hpp"

#include <algorithm>

namespace gatehouse::guard {
namespace {

constexpr std::uint16_t kScorePerPoint = 100;
constexpr std::size_t kMaxOthersNamed = 8;

void append_others(std::string& evidence, const FirewallReport& report, const FirewallHit& told) {
  std::size_t named = 0;
  for (const auto& hit : report.hits) {
    if (&hit == &told || named++ >= kMaxOthersNamed) continue;
    evidence.append(named == 1 ? "; also " : ", ").append(hit.rule);
  }
  if (named > kMaxOthersNamed)
    evidence.append(" and ").append(std::to_string(named - kMaxOthersNamed)).append(" more");
}

Verdict verdict_of(Action action, unsigned points, const FirewallReport& report,
                   const FirewallHit& told) {
  Verdict verdict{.action = action,
                  .code = ErrorCode::kForbidden,
                  .score = static_cast<std::uint16_t>(std::min(1000U, points * kScorePerPoint)),
                  .rule = told.rule,
                  .reason = "The request was not let in: it looks like an attack on a website.",
                  .field = {},
                  .evidence = told.evidence};
  append_others(verdict.evidence, report, told);
  return verdict;
}

}  // namespace

Verdict judge_firewall(const FirewallReport& report, const Policy& policy) {
  unsigned points = 0;
  const FirewallHit* worst = nullptr;
  const FirewallHit* observed = nullptr;
  for (const auto& hit : report.hits) {
    if (std::ranges::find(policy.observed_rules, hit.rule) != policy.observed_rules.end()) {
      if (observed == nullptr) observed = &hit;
      continue;
    }
    points += hit.points;
    if (worst == nullptr || hit.points > worst->points) worst = &hit;
  }
  const bool blocks = policy.firewall == FirewallMode::kBlock;
  if (points >= Firewall::kDenyPoints)
    return verdict_of(blocks ? Action::kDeny : Action::kFlag, points, report, *worst);
  if (!report.unscanned.empty()) {
    return {.action = blocks && policy.denies_unscanned ? Action::kDeny : Action::kUnscanned,
            .code = ErrorCode::kUnavailable,
            .rule = "waf.unscanned",
            .reason = "The request can't be checked at the moment. Try again shortly.",
            .field = {},
            .evidence = std::string(report.unscanned),
            .retry_after_s = 1};
  }
  if (observed != nullptr) return verdict_of(Action::kFlag, 0, report, *observed);
  return {};
}

}  // namespace gatehouse::guard
