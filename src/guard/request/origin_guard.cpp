// Requests that change something, or that ride on a cookie, must come from pages of the site or of
// allowed origins. Programs send no Origin and pass; what a page sends can't leave it out (Fetch
// §3.2, RFC 9110 §10.1.3). Nothing keeps a page elsewhere from reading a WebSocket, so one that
// begins counts as a change.
#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {
namespace {

class OriginGuard final : public RequestGuard {
 public:
  Verdict check(const RequestView& request, const Policy& policy) const noexcept override {
    if (request.method == "OPTIONS")
      return {};  // a preflight asks; the answer names what is allowed
    const bool must_be_allowed = request.changes_state || begins_websocket(request);
    if (!request.origin.empty()) {
      if (policy.is_origin_allowed(request.origin, request.host, request.is_secure)) return {};
      // A plain read by a page elsewhere gets its answer, which its browser then keeps from it.
      if (!must_be_allowed && !request.has_cookie) return {};
      return refuse("origin.unknown", "Requests from that page are not allowed here.", "Origin",
                    request.origin);
    }
    if (!must_be_allowed) return {};
    if (!request.referer.empty() &&
        !policy.is_origin_allowed(request.referer, request.host, request.is_secure)) {
      return refuse("referer.unknown", "Requests from that page are not allowed here.", "Referer",
                    request.referer);
    }
    if (request.fetch_site == "cross-site") {
      return refuse("origin.missing", "Requests from other sites must name their origin.", "Origin",
                    "cross-site");
    }
    return {};
  }

 private:
  static bool begins_websocket(const RequestView& request) {
    return request.route != nullptr && request.route->endpoint == EndpointClass::kWebSocket;
  }
  static Verdict refuse(std::string_view rule, std::string_view reason, std::string_view field,
                        std::string_view evidence) {
    return {.action = Action::kDeny,
            .code = ErrorCode::kForbidden,
            .score = 1000,
            .rule = rule,
            .reason = reason,
            .field = field,
            .evidence = std::string(evidence.substr(0, 200))};
  }
};

}  // namespace

std::unique_ptr<RequestGuard> make_origin_guard() { return std::make_unique<OriginGuard>(); }

}  // namespace gatehouse::guard
