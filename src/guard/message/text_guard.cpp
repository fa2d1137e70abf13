// A message is text: well-formed UTF-8 without NUL, not blank, and no longer than the policy says
// (in code points).
#include "gatehouse/base/text.hpp"
#include "gatehouse/guard/message_guards.hpp"

namespace gatehouse::guard {
namespace {

class TextGuard final : public MessageGuard {
 public:
  Verdict check(const MessageView& message, const Policy&) noexcept override {
    const Utf8Scan scan = scan_utf8(message.text);
    if (!scan.is_valid)
      return refuse("text.not_utf8", "The message is not valid UTF-8.", message.field);
    if (scan.has_nul)
      return refuse("text.nul", "The message holds a NUL character.", message.field);
    if (trim(message.text).empty())
      return refuse("text.empty", "The message is empty.", message.field);
    if (scan.characters > message.max_characters) {
      Verdict verdict = refuse("text.too_long", "The message is too long.", message.field);
      verdict.evidence = std::to_string(scan.characters) + " characters";
      return verdict;
    }
    return {};
  }

 private:
  static Verdict refuse(std::string_view rule, std::string_view reason, std::string_view field) {
    return {.action = Action::kDeny,
            .code = ErrorCode::kInvalid,
            .score = 50,
            .rule = rule,
            .reason = reason,
            .field = field,
            .evidence = {}};
  }
};

}  // namespace

std::unique_ptr<MessageGuard> make_text_guard() { return std::make_unique<TextGuard>(); }

}  // namespace gatehouse::guard
