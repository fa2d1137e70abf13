// What waits for an answer once somebody is back: GET and POST /api/v1/auth/openid/pending.
#include "gatehouse/base/id.hpp"
#include "openid_parts.hpp"

namespace gatehouse::channels {
namespace {

using identity::openid::Identity;
using identity::openid::Pending;

std::optional<Pending> pending_of(const AuthParts& parts, const http::Request& request) {
  return parts.providers.sealer.open_pending(
      openid_cookie_in(request, parts.settings, OpenIdCookie::kPending),
      parts.worker.clock().wall());
}

Error nothing_pending() {
  return {.code = ErrorCode::kNotFound,
          .client_message = "Nothing waits for an answer any more. Begin again."};
}

class ReadPending final : public AuthHandler {
 public:
  explicit ReadPending(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const auto pending = pending_of(*parts_, *request);
    if (!pending) co_return send_refusal(*parts_, writer, nothing_pending(), visit);
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("purpose", pending->kind == Pending::Kind::kCode ? "code" : "link")
        .member("provider", pending->provider)
        .member("email", pending->email)
        .end_object();
    http::send_json(writer, 200, body);
  }

 private:
  SharedAuthParts parts_;
};

class AnswerPending final : public AuthHandler {
 public:
  explicit AnswerPending(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto pending = pending_of(*parts_, *request);
    const bool works = has_worked(*parts_, *request);
    auto given = read_strings(request->body, {}, {"answer", "code"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    if (!pending) co_return send_refusal(*parts_, writer, nothing_pending(), visit);
    if (pending->kind == Pending::Kind::kLink)
      co_return co_await answer_link(std::move(*pending), std::move((*given)[0]), visit, writer);
    co_await answer_code(std::move(*pending), std::move((*given)[1]), works, visit, writer);
  }

 private:
  async::Task<void> answer_link(Pending pending, std::string answer, Visit visit,
                                http::ResponseWriter& writer) {
    if (answer == "no") {
      remove_cookie(writer);
      co_return http::send_empty(writer, 204);
    }
    if (answer != "yes") {
      const auto wrong = fail_field("answer", "answer is yes or no.");
      co_return send_refusal(*parts_, writer, wrong.error(), visit);
    }
    const auto linked = co_await link(std::move(pending), visit);
    if (!linked) co_return send_refusal(*parts_, writer, linked.error(), visit);
    remove_cookie(writer);
    std::string body;
    JsonWriter json(body);
    append_identity_members(json, *linked).end_object();
    http::send_json(writer, 200, body);
  }

  // Only whose account it is says yes.
  async::Task<Result<Identity>> link(Pending pending, Visit visit) {
    if (!has_session(visit.principal))
      co_return fail(ErrorCode::kUnauthenticated, "Sign in first.", "no account session");
    if (visit.principal.id != pending.account_id) {
      co_return fail(ErrorCode::kForbidden,
                     "That sign-in was begun for another account. Begin again.");
    }
    const WallTime now = parts_->worker.clock().wall();
    Identity identity{.id = make_uuid_v7(now, parts_->random),
                      .site = visit.principal.site,
                      .account_id = pending.account_id,
                      .provider = std::move(pending.provider),
                      .issuer = std::move(pending.issuer),
                      .subject = std::move(pending.subject),
                      .email = std::move(pending.email),
                      .linked_at = now,
                      .last_used_at = now};
    audit::Event event = event_of(*parts_, visit, audit::action::kIdentityLinked);
    event.detail = "identity:" + identity.id + " provider:" + identity.provider;
    const auto kept = co_await parts_->identities.link(parts_->worker, identity, std::move(event));
    if (!kept) co_return std::unexpected(kept.error());
    co_return identity;
  }

  async::Task<void> answer_code(Pending pending, std::string code, bool works, Visit visit,
                                http::ResponseWriter& writer) {
    const auto issued = co_await sign_in(std::move(pending), std::move(code), works, visit);
    if (!issued) co_return send_refusal(*parts_, writer, issued.error(), visit);
    remove_cookie(writer);
    send_signed_in(*parts_, writer, *issued);
  }

  async::Task<Result<identity::IssuedAccountSession>> sign_in(Pending pending, std::string code,
                                                              bool works, Visit visit) {
    auto found = co_await parts_->identities.find(parts_->worker, visit.principal.site,
                                                  pending.issuer, pending.subject);
    if (!found) co_return std::unexpected(found.error());
    // Something has changed since the provider was asked.
    if (!*found || (**found).account.id != pending.account_id || (**found).account.is_disabled ||
        (**found).account.epoch != pending.epoch)
      co_return std::unexpected(nothing_pending());
    identity::SignInAttempt attempt{.site = visit.principal.site,
                                    .name = {},
                                    .password = {},
                                    .code = std::move(code),
                                    .client = IpPrefix::of_client(visit.client),
                                    .has_worked = works,
                                    .event = event_of(*parts_, visit, {})};
    auto outcome = co_await parts_->sign_in.check_second(
        parts_->worker, std::move((**found).account), std::move(attempt));
    if (!outcome.account) {
      Error refused = co_await note_refusal(parts_, std::move(outcome), visit);
      co_return std::unexpected(std::move(refused));
    }
    ByProvider from{.provider = std::move(pending.provider),
                    .session = {.identity_id = std::move((**found).identity.id),
                                .email = std::move(pending.email),
                                .session_id = std::move(pending.session_id)}};
    co_return co_await begin_session(parts_, std::move(*outcome.account), std::move(visit),
                                     std::move(from));
  }

  void remove_cookie(http::ResponseWriter& writer) const {
    add_cookie(writer, openid_cookie(parts_->settings, OpenIdCookie::kPending, {}));
  }

  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_read_pending(SharedAuthParts parts) {
  return std::make_unique<ReadPending>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_answer_pending(SharedAuthParts parts) {
  return std::make_unique<AnswerPending>(std::move(parts));
}

}  // namespace gatehouse::channels
