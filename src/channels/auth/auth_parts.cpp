#include "auth_parts.hpp"

#include "gatehouse/base/money.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::channels {
namespace {

using codec::HeaderId;

constexpr std::size_t kMaxStringBytes = 4096;  // a password of 128 characters has 512 at most
constexpr Duration kFreshSession = std::chrono::minutes(10);

// Without a password, having signed in just now is what proves it.
bool has_just_signed_in(const AuthParts& parts, const Visit& visit) {
  const auto session = parts.sessions.verify(visit.session_token, visit.origin());
  return session && session->session->account_id == visit.principal.id &&
         parts.worker.clock().wall() - session->session->created_at <= kFreshSession;
}

}  // namespace

Visit visit_of(const http::Request& request, const AuthSettings& settings) {
  const auto cookie = codec::find_cookie(request.head.get(HeaderId::kCookie), settings.cookie);
  return {.request_id = std::string(request.request_id),
          .client = request.client,
          .user_agent = std::string(request.head.get(HeaderId::kUserAgent)),
          .session_token = std::string(cookie.value_or(std::string_view())),
          .principal = *request.principal};
}

audit::Event event_of(const AuthParts& parts, const Visit& visit, std::string_view action) {
  return {.site = visit.principal.site,
          .at = parts.worker.clock().wall(),
          .action = std::string(action),
          .actor = visit.principal.owner(),
          .subject = visit.principal.owner(),
          .client = visit.client.to_string(),
          .request_id = visit.request_id};
}

Result<std::vector<std::string>> read_strings(std::string_view body,
                                              std::initializer_list<std::string_view> required,
                                              std::initializer_list<std::string_view> optional) {
  codec::JsonReader reader({.depth = 2});
  const auto object = reader.read(body);
  if (!object) return std::unexpected(object.error());
  if (!object->is_object()) return fail(ErrorCode::kInvalid, "The body must be a JSON object.");
  std::vector<std::string_view> names(required);
  names.insert(names.end(), optional.begin(), optional.end());
  if (auto known = codec::check_members(*object, names); !known)
    return std::unexpected(known.error());
  std::vector<std::string> values;
  for (const auto name : names) {
    const auto member = (*object)[name];
    const auto value = member.string();
    const bool may_be_away = values.size() >= required.size() && !member.is_given();
    if ((!value && !may_be_away) || (value && value->size() > kMaxStringBytes))
      return fail_field(std::string(name), std::string(name) + " is a string.");
    values.emplace_back(value.value_or(std::string_view()));
  }
  return values;
}

async::Task<Result<identity::Account>> prove_again(SharedAuthParts parts, Visit visit,
                                                   Proof proof) {
  const auto account =
      co_await parts->accounts.find(parts->worker, visit.principal.site, visit.principal.id);
  if (!account) co_return std::unexpected(account.error());
  if (!*account) co_return fail(ErrorCode::kUnauthenticated, "Sign in first.");
  if ((**account).password_hash.empty()) {
    if (has_just_signed_in(*parts, visit)) co_return **account;
    co_return fail(ErrorCode::kForbidden,
                   "This account has no password. Sign in again, and then do this within ten "
                   "minutes.");
  }
  identity::SignInAttempt attempt{.site = visit.principal.site,
                                  .name = (**account).name,
                                  .password = Secret(std::move(proof.password)),
                                  .code = std::move(proof.code),
                                  .asks_code = proof.asks_code,
                                  .client = IpPrefix::of_client(visit.client),
                                  .has_worked = true,
                                  .event = event_of(*parts, visit, {})};
  auto outcome = co_await parts->sign_in.check(parts->worker, std::move(attempt));
  if (outcome.account || outcome.account.error().code != ErrorCode::kUnauthenticated)
    co_return std::move(outcome.account);
  // The session is good; what is wrong stands in a field of the form.
  const bool is_code = outcome.account.error().field == "code";
  co_return fail_field(is_code ? "code" : "current_password",
                       is_code ? outcome.account.error().client_message
                               : "That is not the password of this account.");
}

std::string cookie_line(const AuthSettings& settings, std::string_view value,
                        std::int64_t max_age_s) {
  return codec::session_cookie(settings.cookie, value, max_age_s, settings.is_cookie_secure);
}

async::Task<Result<identity::IssuedAccountSession>> begin_session(SharedAuthParts parts,
                                                                  identity::Account account,
                                                                  Visit visit,
                                                                  std::optional<ByProvider> from) {
  const auto before = parts->sessions.verify(visit.session_token, visit.origin());
  auto issued =
      parts->sessions.issue(account, visit.origin(), before ? before->session.get() : nullptr);
  if (!issued) co_return std::unexpected(issued.error());
  audit::Event event = event_of(*parts, visit, audit::action::kSignIn);
  event.site = account.site;
  event.actor = event.subject = "account:" + account.id;
  event.detail = "session:" + issued->session.id;
  Result<void> kept;
  if (from) {
    event.detail += " provider:" + from->provider;
    kept = co_await parts->identities.begin_session(parts->worker, issued->session, issued->ended,
                                                    std::move(from->session), std::move(event));
  } else {
    kept = co_await parts->session_store.add(parts->worker, issued->session, issued->ended,
                                             std::move(event));
  }
  if (!kept) co_return std::unexpected(kept.error());
  parts->sessions.add(*issued);
  co_return std::move(*issued);
}

async::Task<Result<identity::IssuedAccountSession>> begin_anew(SharedAuthParts parts, Visit visit) {
  auto account =
      co_await parts->accounts.find(parts->worker, visit.principal.site, visit.principal.id);
  if (!account) co_return std::unexpected(account.error());
  if (!*account) co_return fail(ErrorCode::kUnauthenticated, "Sign in first.");
  end_sessions_of(*parts, **account);
  co_return co_await begin_session(parts, std::move(**account), std::move(visit), std::nullopt);
}

void end_sessions_of(const AuthParts& parts, const identity::Account& account) {
  std::vector<std::string> ended;
  for (const auto& session : parts.sessions.of_account(account.id)) ended.push_back(session.id);
  parts.sessions.end(ended);
  parts.live_families.end_before(account.id, account.epoch);
}

void append_account_json(JsonWriter& json, std::string_view id, std::string_view name, Role role) {
  json.begin_object()
      .member("id", id)
      .member("name", name)
      .member("role", identity::name_of(role))
      .end_object();
}

JsonWriter& append_session_members(JsonWriter& json, const AuthParts& parts,
                                   const identity::AccountSession& session) {
  return json.begin_object()
      .member("id", session.id)
      .member("created_at", to_rfc3339(session.created_at))
      .member("seen_at", to_rfc3339(session.seen_at))
      .member("expires_at", to_rfc3339(parts.sessions.expires_at(session)))
      .member("user_agent", session.user_agent)
      .member("network", session.network.to_string());
}

JsonWriter& append_key_members(JsonWriter& json, const identity::ApiKeyRecord& key) {
  const auto append_time = [&](std::string_view name, const std::optional<WallTime>& time) {
    json.key(name);
    time ? json.string(to_rfc3339(*time)) : json.null();
  };
  json.begin_object()
      .member("id", key.id)
      .member("name", key.name)
      .member("scopes", identity::names_of(key.scopes))
      .member("created_at", to_rfc3339(key.created_at));
  append_time("expires_at", key.expires_at);
  append_time("used_at", key.used_at);
  return json.member("requests_per_minute", std::uint64_t{key.requests_per_minute})
      .member("tokens_per_day", key.tokens_per_day)
      .member("money_per_day", money_text(key.money_micros_per_day));
}

void append_session_json(std::string& out, const AuthParts& parts,
                         const identity::AccountSession& session) {
  JsonWriter json(out);
  json.begin_object().key("account");
  append_account_json(json, session.account_id, session.account_name, session.role);
  json.member("csrf_token", parts.sessions.csrf_token(session))
      .member("expires_at", to_rfc3339(parts.sessions.expires_at(session)))
      .end_object();
}

std::string session_cookie_of(const AuthParts& parts,
                              const identity::IssuedAccountSession& issued) {
  const auto max_age =
      std::chrono::duration_cast<std::chrono::seconds>(parts.sessions.settings().lifetime).count();
  return cookie_line(parts.settings, issued.token.reveal(), max_age);
}

void send_signed_in(const AuthParts& parts, http::ResponseWriter& writer,
                    const identity::IssuedAccountSession& issued, std::string_view more_members) {
  http::ResponseHead head;
  head.headers.add_lines("Content-Type: application/json\r\nCache-Control: no-store\r\n");
  head.headers.add("Set-Cookie", session_cookie_of(parts, issued));
  std::string body;
  append_session_json(body, parts, issued.session);
  if (!more_members.empty()) {
    body.pop_back();
    body.append(",").append(more_members) += '}';
  }
  writer.send(head, body);
}

void send_refusal(const AuthParts& parts, http::ResponseWriter& writer, const Error& error,
                  const Visit& visit) {
  if (error.code == ErrorCode::kInvalid) parts.guards.note_invalid(error, visit.request_id);
  http::send_problem(writer, error, visit.request_id);
}

AuthHandlers make_auth_handlers(std::shared_ptr<const AuthParts> parts) {
  return {.sign_in = make_sign_in(parts),
          .sign_out = make_sign_out(parts),
          .me = make_me(parts),
          .change_password = make_change_password(parts),
          .list_sessions = make_list_sessions(parts),
          .end_session = make_end_session(parts),
          .end_others = make_end_others(parts),
          .begin_factor = make_begin_factor(parts),
          .confirm_factor = make_confirm_factor(parts),
          .remove_factor = make_remove_factor(parts),
          .list_keys = make_list_keys(parts),
          .add_key = make_add_key(parts),
          .remove_key = make_remove_key(parts),
          .export_all = make_export_all(parts),
          .erase = make_erase(parts),
          .issue_tokens = make_issue_tokens(parts),
          .refresh_tokens = make_refresh_tokens(parts),
          .revoke_tokens = make_revoke_tokens(parts),
          .list_tokens = make_list_tokens(parts),
          .end_tokens = make_end_tokens(parts),
          .public_keys = make_public_keys(parts),
          .check_link = make_check_link(parts),
          .use_link = make_use_link(parts),
          .openid = make_openid_handlers(parts)};
}

}  // namespace gatehouse::channels
