#include "gatehouse/guard/message_guards.hpp"

#include <algorithm>

namespace gatehouse::guard {

Result<MessageGuards> make_message_guards(const MessageGuardParts& parts) {
  MessageGuards guards;
  // First: everything after it may take well-formed text of bounded length for granted.
  guards.push_back(make_text_guard());
  guards.push_back(make_honeypot_guard());
  // Before what a message says: one that is refused for that counts in its sender's time, too.
  if (parts.cadence != nullptr) guards.push_back(make_cadence_guard(*parts.cadence, *parts.clock));
  // Rules, Unicode and scores: the one pass over what the message says.
  if (parts.rules != nullptr) {
    auto content = make_content_guard(parts);
    if (!content) return std::unexpected(content.error());
    guards.push_back(std::move(*content));
  }
  return guards;
}

MessageDecision decide_messages(std::span<const MessageView> newest_first,
                                const MessageGuards& guards, const Policy& policy) {
  MessageDecision decision;
  std::uint64_t left_bytes = policy.scan_max_bytes;
  for (MessageView message : newest_first) {
    message.scan_bytes = left_bytes;
    left_bytes -= std::min<std::uint64_t>(left_bytes, message.text.size());
    for (const auto& guard : guards) {
      Verdict verdict = guard->check(message, policy);
      if (verdict.action == Action::kAllow) [[likely]]
        continue;
      if (verdict.action == Action::kUnscanned && policy.denies_unscanned)
        verdict.action = Action::kDeny;
      decision.trail.add(verdict);
      if (verdict.ends_the_run()) {
        decision.refusal = std::move(verdict);
        return decision;
      }
      if (decision.evidence.empty()) decision.evidence = std::move(verdict.evidence);
    }
  }
  return decision;
}

}  // namespace gatehouse::guard
