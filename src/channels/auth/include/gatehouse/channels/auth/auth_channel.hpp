// Signing in and out, and what people do about their own account, under /api/v1/auth.
#pragma once

#include <memory>
#include <string>

#include "gatehouse/audit/log.hpp"
#include "gatehouse/chat/chat_directory.hpp"
#include "gatehouse/guard/challenges.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/http/message.hpp"
#include "gatehouse/identity/access_tokens.hpp"
#include "gatehouse/identity/account_sessions.hpp"
#include "gatehouse/identity/api_keys.hpp"
#include "gatehouse/identity/openid/identities.hpp"
#include "gatehouse/identity/openid/provider.hpp"
#include "gatehouse/identity/refresh_families.hpp"
#include "gatehouse/identity/sign_in.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::channels {

struct AuthSettings {
  std::string cookie;  // its name, with __Host- where that applies
  bool is_cookie_secure = false;
};

// What the handlers of one worker share; everything outlives them.
struct AuthParts {
  async::Worker& worker;
  identity::SignIn& sign_in;
  identity::SecondStep& second_step;
  identity::Accounts& accounts;
  identity::AccountSessions& sessions;
  identity::AccountSessionStore& session_store;
  identity::ApiKeys& keys;
  identity::ApiKeyStore& key_store;
  const identity::AccessTokens& access_tokens;
  const identity::TokenKeys& token_keys;
  identity::RefreshFamilies& refresh_families;
  identity::LiveFamilies& live_families;
  identity::openid::Identities& identities;
  const identity::openid::Providers& providers;
  audit::Log& audit;
  chat::ChatDirectory& directory;
  chat::Conversations& conversations;
  guard::Challenges& challenges;
  guard::Pipeline& guards;
  telemetry::Log& log;
  telemetry::Counters& counters;
  Random& random;
  AuthSettings settings;
};

using AuthHandler = http::Handler<guard::Admitted<http::Request>>;

// Those of sign-in by other providers, under /api/v1/auth/openid.
struct OpenIdHandlers {
  std::unique_ptr<AuthHandler> list_providers;  // GET .
  std::unique_ptr<AuthHandler> begin;           // POST {provider}
  std::unique_ptr<AuthHandler> callback;        // GET {provider}/callback
  std::unique_ptr<AuthHandler> logout;          // POST {provider}/backchannel-logout
  std::unique_ptr<AuthHandler> read_pending;    // GET pending
  std::unique_ptr<AuthHandler> answer_pending;  // POST pending
  std::unique_ptr<AuthHandler> list_links;      // GET links
  std::unique_ptr<AuthHandler> remove_link;     // DELETE links/{id}
};

// The handlers, by what they do. One set per worker.
struct AuthHandlers {
  std::unique_ptr<AuthHandler> sign_in;          // POST /api/v1/auth/sign-in
  std::unique_ptr<AuthHandler> sign_out;         // POST /api/v1/auth/sign-out
  std::unique_ptr<AuthHandler> me;               // GET /api/v1/auth/me
  std::unique_ptr<AuthHandler> change_password;  // POST /api/v1/auth/password
  std::unique_ptr<AuthHandler> list_sessions;    // GET /api/v1/auth/sessions
  std::unique_ptr<AuthHandler> end_session;      // DELETE /api/v1/auth/sessions/{id}
  std::unique_ptr<AuthHandler> end_others;       // DELETE /api/v1/auth/sessions
  std::unique_ptr<AuthHandler> begin_factor;     // POST /api/v1/auth/second-factor
  std::unique_ptr<AuthHandler> confirm_factor;   // POST /api/v1/auth/second-factor/confirm
  std::unique_ptr<AuthHandler> remove_factor;    // POST /api/v1/auth/second-factor/remove
  std::unique_ptr<AuthHandler> list_keys;        // GET /api/v1/auth/keys
  std::unique_ptr<AuthHandler> add_key;          // POST /api/v1/auth/keys
  std::unique_ptr<AuthHandler> remove_key;       // DELETE /api/v1/auth/keys/{id}
  std::unique_ptr<AuthHandler> export_all;       // GET /api/v1/auth/me/export
  std::unique_ptr<AuthHandler> erase;            // POST /api/v1/auth/me/erase
  std::unique_ptr<AuthHandler> issue_tokens;     // POST /api/v1/auth/tokens
  std::unique_ptr<AuthHandler> refresh_tokens;   // POST /api/v1/auth/tokens/refresh
  std::unique_ptr<AuthHandler> revoke_tokens;    // POST /api/v1/auth/tokens/revoke
  std::unique_ptr<AuthHandler> list_tokens;      // GET /api/v1/auth/tokens
  std::unique_ptr<AuthHandler> end_tokens;       // DELETE /api/v1/auth/tokens/{id}
  std::unique_ptr<AuthHandler> public_keys;      // GET /.well-known/jwks.json
  std::unique_ptr<AuthHandler> check_link;       // POST /api/v1/auth/links/check
  std::unique_ptr<AuthHandler> use_link;         // POST /api/v1/auth/links
  OpenIdHandlers openid;
};
AuthHandlers make_auth_handlers(std::shared_ptr<const AuthParts> parts);

}  // namespace gatehouse::channels
