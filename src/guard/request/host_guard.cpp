// Refuses requests for hosts that are not ours: DNS rebinding and Host injection end here.
#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {
namespace {

// Orchestrators ask for health by the address of the container. A name that was rebound can't look
// like that.
bool is_probe(const RequestView& request) {
  if (request.route == nullptr || request.route->endpoint != EndpointClass::kHealth) return false;
  auto name = without_port(request.host);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return IpAddress::parse(name).has_value();
}

class HostGuard final : public RequestGuard {
 public:
  Verdict check(const RequestView& request, const Policy& policy) const noexcept override {
    if (policy.is_host_allowed(request.host) || is_probe(request)) return {};
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
