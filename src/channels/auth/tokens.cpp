// Access and refresh tokens, for clients that keep no cookies.
#include "auth_parts.hpp"

namespace gatehouse::channels {
namespace {

using telemetry::Counter;

std::uint64_t seconds_until(WallTime time, WallTime now) {
  const auto left = std::chrono::round<std::chrono::seconds>(time - now).count();
  return left > 0 ? static_cast<std::uint64_t>(left) : 0;
}

identity::TokenClient client_of(const Visit& visit) {
  return {.user_agent = std::string(identity::kept_agent(visit.user_agent)),
          .network = IpPrefix::of_client(visit.client)};
}

identity::Account owner_of(const Visit& visit) {
  return {.id = visit.principal.id, .site = visit.principal.site};
}

void send_tokens(const AuthParts& parts, http::ResponseWriter& writer, const Visit& visit,
                 const identity::IssuedRefresh& refresh) {
  const auto access =
      parts.access_tokens.issue(refresh.account, refresh.family.id, refresh.family_ends_at);
  if (!access) return send_refusal(parts, writer, access.error(), visit);
  const WallTime now = parts.worker.clock().wall();
  std::string body;
  JsonWriter(body)
      .begin_object()
      .member("access_token", access->token.reveal())
      .member("token_type", "Bearer")
      .member("expires_in", seconds_until(access->expires_at, now))
      .member("refresh_token", refresh.token.reveal())
      .member("refresh_expires_in", seconds_until(refresh.expires_at, now))
      .end_object();
  http::send_json(writer, 200, body);
}

class IssueTokens final : public AuthHandler {
 public:
  explicit IssueTokens(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto form = read_sign_in(*parts_, *request);
    if (!form) co_return send_refusal(*parts_, writer, form.error(), visit);
    auto account = co_await check_sign_in(parts_, std::move(*form), visit);
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    audit::Event event = event_of(*parts_, visit, audit::action::kSignIn);
    event.actor = event.subject = "account:" + account->id;
    const auto begun = co_await parts_->refresh_families.begin(parts_->worker, std::move(*account),
                                                               client_of(visit), std::move(event));
    if (!begun) co_return send_refusal(*parts_, writer, begun.error(), visit);
    send_tokens(*parts_, writer, visit, *begun);
  }

 private:
  SharedAuthParts parts_;
};

class RefreshTokens final : public AuthHandler {
 public:
  explicit RefreshTokens(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, {"refresh_token"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    auto outcome = co_await parts_->refresh_families.refresh(
        parts_->worker, visit.principal.site, Secret(std::move((*given)[0])), client_of(visit),
        event_of(*parts_, visit, {}));
    if (outcome.issued) co_return send_tokens(*parts_, writer, visit, *outcome.issued);
    const Error refused = co_await note_refusal(std::move(outcome), visit);
    send_refusal(*parts_, writer, refused, visit);
  }

 private:
  // The record tells what was wrong, the answer doesn't.
  async::Task<Error> note_refusal(identity::RefreshOutcome outcome, Visit visit) {
    Error refused = std::move(outcome.issued.error());
    if (refused.code != ErrorCode::kUnauthenticated) co_return refused;
    const std::string why = std::move(refused.log_message);
    refused.log_message.clear();
    refused.field = "refresh_token";
    parts_->counters.add(Counter::kAuthFailures);
    parts_->guards.note_wrong_credential(visit.client);
    const std::string client = visit.client.to_string();
    if (outcome.is_reuse) {
      parts_->log.warning(telemetry::event::kSecurityAlert,
                          "A refresh token was used again: all tokens of its sign-in have ended.",
                          {{"rule", "refresh.reuse"},
                           {"request_id", visit.request_id},
                           {"account", outcome.account_id},
                           {"family", outcome.family_id},
                           {"client", client}});
      co_return refused;  // what ended the family has recorded it
    }
    parts_->log.info(telemetry::event::kAuthFailed, "A refresh token was refused.",
                     {{"request_id", visit.request_id}, {"why", why}, {"client", client}});
    // What isn't even of the form of one is noise.
    if (outcome.family_id.empty()) co_return refused;
    audit::Event event = event_of(*parts_, visit, audit::action::kTokensRefreshed);
    event.subject = outcome.account_id.empty() ? "" : "account:" + outcome.account_id;
    event.outcome = audit::Outcome::kRefused;
    event.detail = why;
    const auto kept = co_await parts_->audit.append(parts_->worker, std::move(event));
    if (!kept) co_return kept.error();
    co_return refused;
  }

  SharedAuthParts parts_;
};

// RFC 7009: the same answer, whatever the token was.
class RevokeTokens final : public AuthHandler {
 public:
  explicit RevokeTokens(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, {"refresh_token"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    const auto revoked = co_await parts_->refresh_families.revoke(
        parts_->worker, visit.principal.site, Secret(std::move((*given)[0])),
        event_of(*parts_, visit, audit::action::kTokensEnded));
    if (!revoked) co_return send_refusal(*parts_, writer, revoked.error(), visit);
    http::send_empty(writer, 204);
  }

 private:
  SharedAuthParts parts_;
};

class ListTokens final : public AuthHandler {
 public:
  explicit ListTokens(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const auto families = co_await parts_->refresh_families.list(parts_->worker, owner_of(visit));
    if (!families) co_return send_refusal(*parts_, writer, families.error(), visit);
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("tokens").begin_array();
    for (const auto& family : *families) {
      append_tokens_members(json, *parts_, family)
          .member("is_current", family.id == visit.principal.session_id)
          .end_object();
    }
    json.end_array().end_object();
    http::send_json(writer, 200, body);
  }

 private:
  SharedAuthParts parts_;
};

class EndTokens final : public AuthHandler {
 public:
  explicit EndTokens(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const auto ended = co_await end_family(parts_, visit, std::string(request->parameter));
    if (!ended) co_return send_refusal(*parts_, writer, ended.error(), visit);
    http::send_empty(writer, 204);
  }

 private:
  SharedAuthParts parts_;
};

// RFC 7517, for others who check our tokens.
class PublicKeys final : public AuthHandler {
 public:
  explicit PublicKeys(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest, http::ResponseWriter& writer) override {
    http::ResponseHead head;
    head.headers.add_lines(
        "Content-Type: application/jwk-set+json\r\nCache-Control: public, max-age=300\r\n");
    writer.send(head, parts_->token_keys.ring()->public_keys_json(parts_->worker.clock().wall()));
    co_return;
  }

 private:
  SharedAuthParts parts_;
};

}  // namespace

JsonWriter& append_tokens_members(JsonWriter& json, const AuthParts& parts,
                                  const identity::RefreshFamily& family) {
  return json.begin_object()
      .member("id", family.id)
      .member("created_at", to_rfc3339(family.created_at))
      .member("refreshed_at", to_rfc3339(family.refreshed_at))
      .member("expires_at", to_rfc3339(parts.refresh_families.expires_at(family)))
      .member("user_agent", family.client.user_agent)
      .member("network", family.client.network.to_string());
}

async::Task<Result<void>> end_family(SharedAuthParts parts, Visit visit, std::string id) {
  const auto ended =
      co_await parts->refresh_families.end(parts->worker, owner_of(visit), std::move(id),
                                           event_of(*parts, visit, audit::action::kTokensEnded));
  if (!ended) co_return std::unexpected(ended.error());
  if (!*ended) co_return fail(ErrorCode::kNotFound, "There are no such tokens.");
  co_return Result<void>();
}

std::unique_ptr<AuthHandler> make_issue_tokens(SharedAuthParts parts) {
  return std::make_unique<IssueTokens>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_refresh_tokens(SharedAuthParts parts) {
  return std::make_unique<RefreshTokens>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_revoke_tokens(SharedAuthParts parts) {
  return std::make_unique<RevokeTokens>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_list_tokens(SharedAuthParts parts) {
  return std::make_unique<ListTokens>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_end_tokens(SharedAuthParts parts) {
  return std::make_unique<EndTokens>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_public_keys(SharedAuthParts parts) {
  return std::make_unique<PublicKeys>(std::move(parts));
}

}  // namespace gatehouse::channels
