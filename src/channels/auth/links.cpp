// Links that work once: the first operator's, and those that set a password.
#include "auth_parts.hpp"
#include "gatehouse/base/id.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::channels {
namespace {

using identity::Link;
using identity::LinkPurpose;

Error gone() {
  return {.code = ErrorCode::kGone,
          .client_message = "This link has been used or has expired. Ask for another one."};
}

std::string_view name_of(LinkPurpose purpose) {
  return purpose == LinkPurpose::kFirstOperator ? "first_operator" : "password";
}

// Tells what a link is for, so that a page can show the right form. The token alone opens it.
class CheckLink final : public AuthHandler {
 public:
  explicit CheckLink(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const auto given = read_strings(request->body, {"token"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    const auto link = co_await parts_->accounts.find_link(parts_->worker, visit.principal.site,
                                                          crypto::sha256((*given)[0]),
                                                          parts_->worker.clock().wall());
    if (!link) co_return send_refusal(*parts_, writer, link.error(), visit);
    if (!*link) co_return send_refusal(*parts_, writer, gone(), visit);
    auto account =
        co_await parts_->accounts.find(parts_->worker, visit.principal.site, (**link).account_id);
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    std::string body;
    JsonWriter json(body);
    json.begin_object()
        .member("purpose", name_of((**link).purpose))
        .member("expires_at", to_rfc3339((**link).expires_at));
    if (*account) json.member("name", (**account).name);
    json.end_object();
    http::send_json(writer, 200, body);
  }

 private:
  SharedAuthParts parts_;
};

struct LinkForm {
  std::string token;
  std::string password;
  std::string name;  // of the first operator
};

Result<LinkForm> read_form(std::string_view body) {
  auto given = read_strings(body, {"token", "new_password"}, {"name"});
  if (!given) return std::unexpected(given.error());
  return LinkForm{(*given)[0], (*given)[1], (*given)[2]};
}

// Sets the password and signs in: whoever has the link has just proved who they are. An account
// with a second factor has to sign in with it: the link stands for the password alone.
class UseLink final : public AuthHandler {
 public:
  explicit UseLink(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto form = read_form(request->body);
    if (!form) co_return send_refusal(*parts_, writer, form.error(), visit);
    auto used = co_await use(std::move(*form), visit);
    if (!used) co_return send_refusal(*parts_, writer, used.error(), visit);
    end_sessions_of(*parts_, *used);
    const auto factor = co_await parts_->second_step.find(parts_->worker, *used);
    if (!factor) co_return send_refusal(*parts_, writer, factor.error(), visit);
    if (*factor) co_return http::send_empty(writer, 204);
    const auto issued = co_await begin_session(parts_, std::move(*used), visit);
    if (!issued) co_return send_refusal(*parts_, writer, issued.error(), visit);
    send_signed_in(*parts_, writer, *issued);
  }

 private:
  async::Task<Result<identity::Account>> use(LinkForm form, Visit visit) {
    const std::string site = visit.principal.site;
    const WallTime now = parts_->worker.clock().wall();
    const auto token_hash = crypto::sha256(form.token);
    const auto link = co_await parts_->accounts.find_link(parts_->worker, site, token_hash, now);
    if (!link) co_return std::unexpected(link.error());
    if (!*link) co_return std::unexpected(gone());
    const bool is_first = (**link).purpose == LinkPurpose::kFirstOperator;
    auto account = co_await account_of(**link, std::move(form.name));
    if (!account) co_return std::unexpected(account.error());
    auto hash =
        co_await parts_->sign_in.hash_new(parts_->worker, std::move(form.password), *account);
    if (!hash) co_return std::unexpected(hash.error());
    account->password_hash = *hash;
    audit::Event event = event_of(
        *parts_, visit, is_first ? audit::action::kAccountAdded : audit::action::kPasswordChanged);
    event.actor = "link";
    event.subject = "account:" + account->id;
    event.detail = is_first ? "first_operator" : "";
    identity::LinkUse use{.site = site,
                          .token_hash = token_hash,
                          .password_hash = std::move(*hash),
                          .new_account = std::nullopt,
                          .now = now};
    if (is_first) use.new_account = std::move(*account);
    co_return co_await parts_->accounts.use_link(parts_->worker, std::move(use), std::move(event));
  }

  // The account that a link is for; the first operator's is made here.
  async::Task<Result<identity::Account>> account_of(Link link, std::string name) {
    if (link.purpose == LinkPurpose::kFirstOperator) {
      auto chosen = identity::read_account_name(name);
      if (!chosen) co_return std::unexpected(chosen.error());
      const WallTime now = parts_->worker.clock().wall();
      co_return identity::Account{.id = make_uuid_v7(now, parts_->random),
                                  .site = link.site,
                                  .name = std::move(*chosen),
                                  .role = Role::kOperator,
                                  .created_at = now,
                                  .password_changed_at = now};
    }
    auto found = co_await parts_->accounts.find(parts_->worker, link.site, link.account_id);
    if (!found) co_return std::unexpected(found.error());
    if (!*found || (**found).is_disabled) co_return std::unexpected(gone());
    co_return std::move(**found);
  }

  SharedAuthParts parts_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_check_link(SharedAuthParts parts) {
  return std::make_unique<CheckLink>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_use_link(SharedAuthParts parts) {
  return std::make_unique<UseLink>(std::move(parts));
}

}  // namespace gatehouse::channels
