// POST /api/v1/sessions and DELETE /api/v1/sessions/current.
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/http/problem.hpp"
#include "web_parts.hpp"

namespace gatehouse::channels {
namespace {

using codec::HeaderId;
using telemetry::Counter;

std::string cookie_line(const WebSettings& settings, std::string_view value,
                        std::int64_t max_age_s) {
  return codec::session_cookie(settings.session_cookie, value, max_age_s,
                               settings.is_cookie_secure);
}

// A browser on a page of the site itself may keep the cookie; pages elsewhere use the token.
bool is_same_origin(const http::Request& request, const guard::Policy& policy) {
  const auto site = request.head.get(HeaderId::kSecFetchSite);
  if (!site.empty()) return site == "same-origin" || site == "none";
  const auto origin = request.head.get(HeaderId::kOrigin);
  return !origin.empty() && policy.is_own_origin(origin, request.head.host(), request.is_secure);
}

class StartSession final : public Handler {
 public:
  explicit StartSession(SharedParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const identity::SessionOrigin origin{.user_agent = request->head.get(HeaderId::kUserAgent),
                                         .language = request->head.get(HeaderId::kAcceptLanguage),
                                         .network = IpPrefix::of_client(request->client)};
    const auto known = current(*request, origin);
    const auto issued =
        known ? parts_->sessions.renew(*known, origin) : parts_->sessions.start(origin);
    if (!known) parts_->counters.add(Counter::kSessionsStarted);
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("token", issued.token)
        .member("expires_at", to_rfc3339(issued.visitor.expires_at))
        .member("csrf_token", issued.csrf_token)
        .end_object();
    http::ResponseHead head;
    head.status = known ? 200 : 201;
    head.headers.add_lines("Content-Type: application/json\r\nCache-Control: no-store\r\n");
    if (is_same_origin(*request, parts_->settings.policy.get())) {
      const auto max_age =
          std::chrono::duration_cast<std::chrono::seconds>(parts_->sessions.lifetime()).count();
      head.headers.add("Set-Cookie", cookie_line(parts_->settings, issued.token, max_age));
    }
    writer.send(head, body);
    co_return;
  }

 private:
  // The session whose credential came along, if it is a good one and not in other hands.
  std::optional<identity::Visitor> current(const http::Request& request,
                                           const identity::SessionOrigin& origin) const {
    auto token = codec::bearer_token(request.head.get(HeaderId::kAuthorization));
    if (token.empty()) {
      token =
          codec::find_cookie(request.head.get(HeaderId::kCookie), parts_->settings.session_cookie)
              .value_or(std::string_view());
    }
    auto visitor = parts_->sessions.verify(token, origin);
    if (!visitor) return std::nullopt;
    const Principal principal{.kind = Principal::Kind::kVisitor,
                              .id = visitor->session_id,
                              .site = request.principal->site,
                              .has_other_agent = visitor->has_other_agent,
                              .has_other_network = visitor->has_other_network};
    const guard::Caller caller{
        .request_id = request.request_id, .client = request.client, .principal = &principal};
    if (!parts_->guards.may_renew(principal, parts_->settings.policy.get(), caller))
      return std::nullopt;
    return std::move(*visitor);
  }

  SharedParts parts_;
};

class EndSession final : public Handler {
 public:
  explicit EndSession(SharedParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(Request request, http::ResponseWriter& writer) override {
    const Principal principal = *request->principal;
    const std::string request_id(request->request_id);
    // Refused here at once, and on disk before the client hears of it.
    parts_->sessions.end(principal.id);
    const auto stored = co_await parts_->ended_sessions.add(
        parts_->worker, principal.site, {principal.id, parts_->sessions.last_expiry()});
    if (!stored) co_return http::send_problem(writer, stored.error(), request_id);
    parts_->counters.add(Counter::kSessionsEnded);
    http::ResponseHead head;
    head.status = 204;
    head.headers.add("Set-Cookie", cookie_line(parts_->settings, "", 0));
    writer.send(head, {});
  }

 private:
  SharedParts parts_;
};

}  // namespace

std::unique_ptr<Handler> make_start_session(SharedParts parts) {
  return std::make_unique<StartSession>(std::move(parts));
}
std::unique_ptr<Handler> make_end_session(SharedParts parts) {
  return std::make_unique<EndSession>(std::move(parts));
}

}  // namespace gatehouse::channels
