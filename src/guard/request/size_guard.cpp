// Refuses bodies over the route's limit by what is announced; the reader of the body holds those
// that announce nothing.
#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {
namespace {

class SizeGuard final : public RequestGuard {
 public:
  Verdict check(const RequestView& request, const Policy&) const noexcept override {
    if (request.route == nullptr || request.body_bytes <= request.route->body_limit_bytes)
      return {};
    return {.action = Action::kDeny,
            .code = ErrorCode::kTooLarge,
            .score = 100,
            .rule = "size.body",
            .reason = "The body is too large for this address.",
            .field = "Content-Length",
            .evidence = std::to_string(request.body_bytes) + " bytes"};
  }
};

}  // namespace

std::unique_ptr<RequestGuard> make_size_guard() { return std::make_unique<SizeGuard>(); }

}  // namespace gatehouse::guard
