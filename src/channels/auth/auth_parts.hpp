// What several handlers of sign-in and accounts do alike.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/channels/auth/auth_channel.hpp"
#include "gatehouse/http/json_response.hpp"
#include "gatehouse/http/problem.hpp"

namespace gatehouse::channels {

using SharedAuthParts = std::shared_ptr<const AuthParts>;
using AuthRequest = guard::Admitted<http::Request>;

// What a handler needs of a request after it has waited.
struct Visit {
  std::string request_id;
  IpAddress client;
  std::string user_agent;
  std::string session_token;  // of the account's cookie; may be wrong
  Principal principal;

  identity::SessionOrigin origin() const {
    return {.user_agent = user_agent, .network = IpPrefix::of_client(client)};
  }
};
Visit visit_of(const http::Request& request, const AuthSettings& settings);

// A record of what the visit does to its own account, for more to be filled in.
audit::Event event_of(const AuthParts& parts, const Visit& visit, std::string_view action);

// The members of a JSON object, all of which are strings: those that must be there, and behind them
// those that may, empty where they aren't. The error names the field.
Result<std::vector<std::string>> read_strings(
    std::string_view body, std::initializer_list<std::string_view> required,
    std::initializer_list<std::string_view> optional = {});

// Who is signed in proves it again: whoever finds a browser open doesn't get the account. Where the
// account has no password, by a session that began just now.
struct Proof {
  std::string password;
  std::string code;        // of the second factor
  bool asks_code = false;  // for what weakens the second factor
};
// The account. kInvalid, with the field `current_password` or `code`, for what is wrong.
async::Task<Result<identity::Account>> prove_again(SharedAuthParts parts, Visit visit, Proof proof);

// What somebody signs in with.
struct SignInForm {
  std::string name;
  std::string password;
  std::string code;         // of the second factor
  bool has_worked = false;  // a proof of work came along, and was right
};
Result<SignInForm> read_sign_in(const AuthParts& parts, const http::Request& request);
bool has_worked(const AuthParts& parts, const http::Request& request);
// With all that guessing costs. What is refused is counted, logged and recorded.
async::Task<Result<identity::Account>> check_sign_in(SharedAuthParts parts, SignInForm form,
                                                     Visit visit);
// Counts, logs and records what was refused. What is to be told of it.
async::Task<Error> note_refusal(SharedAuthParts parts, identity::SignInOutcome outcome,
                                Visit visit);

// By which provider somebody signs in.
struct ByProvider {
  std::string provider;  // "google"
  identity::openid::SessionOfProvider session;
};
// Begins a session of `account`, durably; the one that the same browser had before ends.
async::Task<Result<identity::IssuedAccountSession>> begin_session(
    SharedAuthParts parts, identity::Account account, Visit visit,
    std::optional<ByProvider> from = std::nullopt);
// After a change that ended all sessions of the account in the store: they end here, and this
// browser gets a new one.
async::Task<Result<identity::IssuedAccountSession>> begin_anew(SharedAuthParts parts, Visit visit);
// The members of a refresh family, without its bracket at the end.
JsonWriter& append_tokens_members(JsonWriter& json, const AuthParts& parts,
                                  const identity::RefreshFamily& family);
// Ends a refresh family of who asks. kNotFound for any other.
async::Task<Result<void>> end_family(SharedAuthParts parts, Visit visit, std::string id);
// In this process; the store has done the same. `account` as it is now: tokens of an epoch before
// end with its sessions.
void end_sessions_of(const AuthParts& parts, const identity::Account& account);
// The value of Set-Cookie for it.
std::string session_cookie_of(const AuthParts& parts, const identity::IssuedAccountSession& issued);
// 200 with the account, its CSRF token, what else is to be told (members of a JSON object) and the
// cookie.
void send_signed_in(const AuthParts& parts, http::ResponseWriter& writer,
                    const identity::IssuedAccountSession& issued,
                    std::string_view more_members = {});
void append_account_json(JsonWriter& json, std::string_view id, std::string_view name, Role role);
// The members of `account` and of the session it was found by.
void append_session_json(std::string& out, const AuthParts& parts,
                         const identity::AccountSession& session);
// An object for lists and exports; without the bracket at its end.
JsonWriter& append_session_members(JsonWriter& json, const AuthParts& parts,
                                   const identity::AccountSession& session);
JsonWriter& append_key_members(JsonWriter& json, const identity::ApiKeyRecord& key);
// Logs and counts what was refused, and answers it.
void send_refusal(const AuthParts& parts, http::ResponseWriter& writer, const Error& error,
                  const Visit& visit);
std::string cookie_line(const AuthSettings& settings, std::string_view value,
                        std::int64_t max_age_s);

std::unique_ptr<AuthHandler> make_sign_in(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_sign_out(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_me(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_change_password(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_list_sessions(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_end_session(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_end_others(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_begin_factor(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_confirm_factor(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_remove_factor(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_list_keys(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_add_key(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_remove_key(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_export_all(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_erase(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_issue_tokens(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_refresh_tokens(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_revoke_tokens(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_list_tokens(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_end_tokens(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_public_keys(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_check_link(SharedAuthParts parts);
std::unique_ptr<AuthHandler> make_use_link(SharedAuthParts parts);
OpenIdHandlers make_openid_handlers(SharedAuthParts parts);

}  // namespace gatehouse::channels
