// What people see of their own account, and change: who they are, their password, their sessions.
#include "auth_parts.hpp"
#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::channels {
namespace {

class Me final : public AuthHandler {
 public:
  explicit Me(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const auto session = parts_->sessions.verify(visit.session_token, visit.origin());
    if (!session) co_return send_refusal(*parts_, writer, session.error(), visit);
    std::string body;
    append_session_json(body, *parts_, *session->session);
    http::send_json(writer, 200, body);
  }

 private:
  SharedAuthParts parts_;
};

// The old password is asked for again: who finds a browser open doesn't get the account.
class ChangePassword final : public AuthHandler {
 public:
  explicit ChangePassword(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    static constexpr std::array<std::string_view, 2> kMembers = {"current_password",
                                                                 "new_password"};
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, kMembers);
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    auto account =
        co_await parts_->accounts.find(parts_->worker, visit.principal.site, visit.principal.id);
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    if (!*account) co_return send_refusal(*parts_, writer, signed_out(), visit);
    identity::SignInAttempt attempt{.site = visit.principal.site,
                                    .name = (**account).name,
                                    .password = Secret(std::move((*given)[0])),
                                    .client = IpPrefix::of_client(visit.client),
                                    .has_worked = true};
    auto checked = co_await parts_->sign_in.check(parts_->worker, std::move(attempt));
    if (!checked.account) {
      const Error refused = in_place(checked.account.error());
      co_return send_refusal(*parts_, writer, refused, visit);
    }
    const auto changed =
        co_await change(std::move(*checked.account), std::move((*given)[1]), visit);
    if (!changed) co_return send_refusal(*parts_, writer, changed.error(), visit);
    send_signed_in(*parts_, writer, *changed);
  }

 private:
  static Error signed_out() {
    return {.code = ErrorCode::kUnauthenticated, .client_message = "Sign in first."};
  }

  // The session is good; what is wrong stands in a field of the form.
  static Error in_place(Error error) {
    if (error.code != ErrorCode::kUnauthenticated) return error;
    return {.code = ErrorCode::kInvalid,
            .client_message = "That is not the password of this account.",
            .log_message = {},
            .field = "current_password"};
  }

  // All sessions end with it, and this browser gets a new one.
  async::Task<Result<identity::IssuedAccountSession>> change(identity::Account account,
                                                             std::string password, Visit visit) {
    auto hash =
        co_await parts_->sign_in.hash_new(parts_->worker, std::move(password), account.name);
    if (!hash) co_return std::unexpected(hash.error());
    account.password_hash = std::move(*hash);
    account.password_changed_at = parts_->worker.clock().wall();
    const auto kept = co_await parts_->accounts.set_password(
        parts_->worker, account, event_of(*parts_, visit, audit::action::kPasswordChanged));
    if (!kept) co_return std::unexpected(kept.error());
    end_sessions_of(*parts_, account.id);
    co_return co_await begin_session(parts_, std::move(account), std::move(visit));
  }

  SharedAuthParts parts_;
};

class ListSessions final : public AuthHandler {
 public:
  explicit ListSessions(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Principal& principal = *request->principal;
    std::string body;
    JsonWriter json(body);
    json.begin_object().key("sessions").begin_array();
    for (const auto& session : parts_->sessions.of_account(principal.id)) {
      json.begin_object()
          .member("id", session.id)
          .member("created_at", to_rfc3339(session.created_at))
          .member("seen_at", to_rfc3339(session.seen_at))
          .member("expires_at", to_rfc3339(parts_->sessions.expires_at(session)))
          .member("user_agent", session.user_agent)
          .member("network", session.network.to_string())
          .member("is_current", session.id == principal.session_id)
          .end_object();
    }
    json.end_array().end_object();
    http::send_json(writer, 200, body);
    co_return;
  }

 private:
  SharedAuthParts parts_;
};

// One of one's own, or all but the one that asks.
class EndSessions final : public AuthHandler {
 public:
  EndSessions(SharedAuthParts parts, bool ends_others)
      : parts_(std::move(parts)), ends_others_(ends_others) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const std::string wanted(request->parameter);
    std::vector<std::string> ended;
    for (const auto& session : parts_->sessions.of_account(visit.principal.id)) {
      const bool is_this_one = session.id == visit.principal.session_id;
      if (ends_others_ ? !is_this_one : session.id == wanted) ended.push_back(session.id);
    }
    if (ended.empty() && !ends_others_) {
      const Error error{.code = ErrorCode::kNotFound,
                        .client_message = "There is no such session."};
      co_return send_refusal(*parts_, writer, error, visit);
    }
    parts_->sessions.end(ended);
    audit::Event event = event_of(*parts_, visit, audit::action::kSessionsEnded);
    event.detail = ends_others_ ? "all_others" : "session:" + wanted;
    const auto kept = co_await parts_->session_store.end(parts_->worker, visit.principal.site,
                                                         std::move(ended), std::move(event));
    if (!kept) co_return send_refusal(*parts_, writer, kept.error(), visit);
    http::send_empty(writer, 204);
  }

 private:
  SharedAuthParts parts_;
  const bool ends_others_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_me(SharedAuthParts parts) {
  return std::make_unique<Me>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_change_password(SharedAuthParts parts) {
  return std::make_unique<ChangePassword>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_list_sessions(SharedAuthParts parts) {
  return std::make_unique<ListSessions>(std::move(parts));
}
std::unique_ptr<AuthHandler> make_end_session(SharedAuthParts parts) {
  return std::make_unique<EndSessions>(std::move(parts), false);
}
std::unique_ptr<AuthHandler> make_end_others(SharedAuthParts parts) {
  return std::make_unique<EndSessions>(std::move(parts), true);
}

}  // namespace gatehouse::channels
