// Refuses requests for hosts that are not ours: DNS rebinding and Host injection end here.
#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {
namespace {

class HostGuard final : public RequestGuard {
 public:
  Verdict check(const RequestView& request, const Policy& policy) const noexcept override {
    if (policy.is_host_allowed(request.host)) return {};
    return {.action = Action::kDeny,
            .code = ErrorCode::kForbidden,
            .score = 1000,
            .rule = "host.unknown",
            .reason = "This server does not answer for that host name.",
            .field = "Host",
            .evidence = std::string(request.host.substr(0, 100))};
  }
};

}  // namespace

std::unique_ptr<RequestGuard> make_host_guard() { return std::make_unique<HostGuard>(); }

}  // namespace gatehouse::guard
