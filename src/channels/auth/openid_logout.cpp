// A provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0).
#include "gatehouse/codec/form.hpp"
#include "openid_parts.hpp"

namespace gatehouse::channels {
namespace {

using identity::openid::LogoutClaims;
using identity::openid::Provider;

class OpenIdLogout final : public AuthHandler {
 public:
  explicit OpenIdLogout(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto* const provider = find_provider(*parts_, writer, visit, request->parameter);
    if (provider == nullptr) co_return;
    const auto form = codec::FormFields::read(request->body);
    std::string token(form ? form->get_or_empty("logout_token") : std::string_view());
    auto claims = co_await provider->read_logout(std::move(token), writer.client_left());
    if (!claims) co_return co_await refuse(*provider, claims.error(), visit, writer);
    const auto ended = co_await log_out(*provider, std::move(*claims), visit);
    if (!ended) co_return co_await refuse(*provider, ended.error(), visit, writer);
    parts_->sessions.end(ended->sessions);
    parts_->live_families.end(ended->families);
    http::send_empty(writer, 200);
  }

 private:
  async::Task<Result<identity::openid::LoggedOut>> log_out(const Provider& provider,
                                                           LogoutClaims claims, Visit visit) {
    co_return co_await parts_->identities.log_out(parts_->worker,
                                                  {.site = visit.principal.site,
                                                   .issuer = provider.settings().issuer,
                                                   .subject = std::move(claims.subject),
                                                   .session_id = std::move(claims.session_id),
                                                   .token_id = std::move(claims.token_id),
                                                   .expires_at = claims.expires_at,
                                                   .now = parts_->worker.clock().wall()},
                                                  event_by(provider, visit));
  }

  audit::Event event_by(const Provider& provider, const Visit& visit) const {
    audit::Event event = event_of(*parts_, visit, audit::action::kProviderSignOut);
    event.actor = "provider:" + provider.settings().id;
    event.subject.clear();
    event.detail = "provider:" + provider.settings().id;
    return event;
  }

  // A token that is no good is the sender's mistake, whatever it is; that keys can't be had isn't.
  async::Task<void> refuse(const Provider& provider, Error error, Visit visit,
                           http::ResponseWriter& writer) {
    const bool is_token =
        error.code == ErrorCode::kUnauthenticated || error.code == ErrorCode::kConflict;
    if (!is_token) co_return send_refusal(*parts_, writer, error, visit);
    parts_->counters.add(telemetry::Counter::kAuthFailures);
    parts_->log.info(telemetry::event::kAuthFailed, "A provider's logout token was refused.",
                     {{"request_id", visit.request_id},
                      {"provider", provider.settings().id},
                      {"why", error.log_message},
                      {"client", visit.client.to_string()}});
    audit::Event event = event_by(provider, visit);
    event.actor = visit.principal.owner();
    event.outcome = audit::Outcome::kRefused;
    event.detail += " " + error.log_message;
    const auto kept = co_await parts_->audit.append(parts_->worker, std::move(event));
    if (!kept) co_return send_refusal(*parts_, writer, kept.error(), visit);
    const auto wrong = fail_field("logout_token", "That logout token does not hold.");
    send_refusal(*parts_, writer, wrong.error(), visit);
  }

  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_openid_logout(SharedAuthParts parts) {
  return std::make_unique<OpenIdLogout>(std::move(parts));
}

}  // namespace gatehouse::channels
