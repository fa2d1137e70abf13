// Bodies are of their route's kind and said to be so, which is JSON: a form or text/plain post,
// which any page may send without asking, is refused, but where a protocol between servers is one.
#include "gatehouse/base/text.hpp"
#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {
namespace {

class ContentTypeGuard final : public RequestGuard {
 public:
  Verdict check(const RequestView& request, const Policy&) const noexcept override {
    if (!request.has_body) return {};
    if (!request.content_encoding.empty() &&
        !equals_ignoring_case(request.content_encoding, "identity")) {
      return refuse("content_type.encoded", "Send the body without compression.",
                    "Content-Encoding");
    }
    if (request.route == nullptr || request.route->body == BodyKind::kNone) return {};
    const auto type = trim(request.content_type.substr(0, request.content_type.find(';')));
    if (request.route->body == BodyKind::kForm) {
      if (equals_ignoring_case(type, "application/x-www-form-urlencoded")) return {};
      return refuse("content_type.not_form", "Send the body as a form.", "Content-Type");
    }
    if (equals_ignoring_case(type, "application/json")) return {};
    return refuse("content_type.not_json", "Send the body as application/json.", "Content-Type");
  }

 private:
  static Verdict refuse(std::string_view rule, std::string_view reason, std::string_view field) {
    return {.action = Action::kDeny,
            .code = ErrorCode::kUnsupportedMedia,
            .score = 100,
            .rule = rule,
            .reason = reason,
            .field = field,
            .evidence = {}};
  }
};

}  // namespace

std::unique_ptr<RequestGuard> make_content_type_guard() {
  return std::make_unique<ContentTypeGuard>();
}

}  // namespace gatehouse::guard
