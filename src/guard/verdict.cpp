#include "gatehouse/guard/verdict.hpp"

#include <algorithm>
#include <span>

namespace gatehouse::guard {

std::string_view name_of(Action action) {
  switch (action) {
    case Action::kAllow:
      return "allow";
    case Action::kFlag:
      return "flag";
    case Action::kUnscanned:
      return "unscanned";
    case Action::kChallenge:
      return "challenge";
    case Action::kThrottle:
      return "throttle";
    case Action::kDeny:
      return "deny";
  }
  return "deny";
}

Error Verdict::as_error() const {
  return {.code = code,
          .client_message = std::string(reason),
          .log_message = std::string(rule) + (evidence.empty() ? "" : ": " + evidence),
          .field = std::string(field),
          .retry_after_ms = retry_after_s * 1000,
          .challenge_json = challenge_json};
}

void Trail::add(const Verdict& verdict) {
  score_ = static_cast<std::uint16_t>(std::min(1000, score_ + verdict.score));
  if (count_ < kEntries) entries_[count_] = {verdict.rule, verdict.action, verdict.score};
  ++count_;
}

std::string_view Trail::worst_rule() const {
  const auto kept = std::span(entries_).first(std::min(count_, kEntries));
  const auto worst = std::ranges::max_element(kept, {}, &Entry::score);
  return worst == kept.end() ? std::string_view() : worst->rule;
}

std::string Trail::to_string() const {
  std::string out;
  for (std::size_t i = 0; i < std::min(count_, kEntries); ++i) {
    if (i > 0) out += ',';
    out.append(entries_[i].rule).append("=").append(name_of(entries_[i].action));
    out.append("(").append(std::to_string(entries_[i].score)).append(")");
  }
  if (count_ > kEntries) out += ",+" + std::to_string(count_ - kEntries);
  return out;
}

}  // namespace gatehouse::guard
