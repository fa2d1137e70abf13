#include "gatehouse/guard/message_guards.hpp"

namespace gatehouse::guard {

Result<MessageGuards> make_message_guards(const MessageGuardParts& parts) {
  MessageGuards guards;
  // First: everything after it may take well-formed text of bounded length for granted.
  guards.push_back(make_text_guard());
  guards.push_back(make_honeypot_guard());
  // Rules, Unicode and scores: the one pass over what the message says.
  if (parts.rules != nullptr) {
    auto content = make_content_guard(parts);
    if (!content) return std::unexpected(content.error());
    guards.push_back(std::move(*content));
  }
  return guards;
}

}  // namespace gatehouse::guard
