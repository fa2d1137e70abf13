// What people see of their own account, and change: who they are, their password, their sessions.
#include "auth_parts.hpp"

namespace gatehouse::channels {
namespace {

class Me final : public AuthHandler {
 public:
  explicit Me(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    const auto account =
        co_await parts_->accounts.find(parts_->worker, visit.principal.site, visit.principal.id);
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    if (!*account) co_return send_refusal(*parts_, writer, signed_out(), visit);
    const auto factor = co_await parts_->second_step.find(parts_->worker, **account);
    if (!factor) co_return send_refusal(*parts_, writer, factor.error(), visit);
    std::string body;
    if (const auto who = append_who(body, **account, visit); !who)
      co_return send_refusal(*parts_, writer, who.error(), visit);
    body.pop_back();
    const bool has_factor = factor->has_value();
    body.append(",\"has_password\":").append((**account).password_hash.empty() ? "false" : "true");
    body.append(",\"second_factor\":").append(has_factor ? "true" : "false");
    if (has_factor)
      body.append(",\"recovery_codes\":").append(std::to_string((**factor).recovery_codes));
    http::send_json(writer, 200, body + "}");
  }

 private:
  static Error signed_out() {
    return {.code = ErrorCode::kUnauthenticated, .client_message = "Sign in first."};
  }

  // By what it was known by: a token has no CSRF token, and ends soon by itself.
  Result<void> append_who(std::string& body, const identity::Account& account,
                          const Visit& visit) const {
    if (!visit.principal.is_by_token) {
      const auto session = parts_->sessions.verify(visit.session_token, visit.origin());
      if (!session) return std::unexpected(session.error());
      append_session_json(body, *parts_, *session->session);
      return {};
    }
    JsonWriter json(body);
    json.begin_object().key("account");
    append_account_json(json, account.id, account.name, account.role);
    json.end_object();
    return {};
  }

  SharedAuthParts parts_;
};

class ChangePassword final : public AuthHandler {
 public:
  explicit ChangePassword(SharedAuthParts parts) : parts_(std::move(parts)) {}

  async::Task<void> handle(AuthRequest request, http::ResponseWriter& writer) override {
    const Visit visit = visit_of(*request, parts_->settings);
    auto given = read_strings(request->body, {"current_password", "new_password"}, {"code"});
    if (!given) co_return send_refusal(*parts_, writer, given.error(), visit);
    Proof proof{
        .password = std::move((*given)[0]), .code = std::move((*given)[2]), .asks_code = true};
    auto account = co_await prove_again(parts_, visit, std::move(proof));
    if (!account) co_return send_refusal(*parts_, writer, account.error(), visit);
    const auto changed = co_await change(std::move(*account), std::move((*given)[1]), visit);
    if (!changed) co_return send_refusal(*parts_, writer, changed.error(), visit);
    send_signed_in(*parts_, writer, *changed);
  }

 private:
  // All sessions end with it, and this browser gets a new one.
  async::Task<Result<identity::IssuedAccountSession>> change(identity::Account account,
                                                             std::string password, Visit visit) {
    auto hash = co_await parts_->sign_in.hash_new(parts_->worker, std::move(password), account);
    if (!hash) co_return std::unexpected(hash.error());
    account.password_hash = std::move(*hash);
    account.password_changed_at = parts_->worker.clock().wall();
    const auto kept = co_await parts_->accounts.set_password(
        parts_->worker, account, event_of(*parts_, visit, audit::action::kPasswordChanged));
    if (!kept) co_return std::unexpected(kept.error());
    co_return co_await begin_anew(parts_, std::move(visit));
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
      append_session_members(json, *parts_, session)
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
