// The guards of the message stage: each one check on what a person says.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

struct MessageView {
  std::string_view text;
  std::string_view field = "message";  // a literal: where it stood, for the error
  std::uint32_t max_characters = 0;    // code points; the policy's own limit for the channel
};

// One check. Never throws, never waits, allocates only to tell why it refuses. Immutable; safe from
// any thread.
class MessageGuard {
 public:
  virtual ~MessageGuard() = default;
  virtual Verdict check(const MessageView& message, const Policy& policy) const noexcept = 0;
};

using MessageGuards = std::vector<std::unique_ptr<MessageGuard>>;

// All of them in the order they run.
MessageGuards make_message_guards();
std::unique_ptr<MessageGuard> make_text_guard();

}  // namespace gatehouse::guard
