// A field that people don't see and robots fill in.
#include "gatehouse/base/utf8.hpp"
#include "gatehouse/guard/message_guards.hpp"

namespace gatehouse::guard {
namespace {

class HoneypotGuard final : public MessageGuard {
 public:
  Verdict check(const MessageView& message, const Policy& policy) noexcept override {
    if (message.website.empty()) [[likely]]
      return {};
    return {.action = policy.enforces ? Action::kDeny : Action::kFlag,
            .code = ErrorCode::kForbidden,
            .score = 600,
            .rule = "bot.honeypot",
            .reason = "The message could not be taken.",
            .field = {},
            .evidence = std::string(whole_characters(message.website, kEvidenceBytes))};
  }

 private:
  static constexpr std::size_t kEvidenceBytes = 80;
};

}  // namespace

std::unique_ptr<MessageGuard> make_honeypot_guard() { return std::make_unique<HoneypotGuard>(); }

}  // namespace gatehouse::guard
