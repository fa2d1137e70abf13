// Credentials of a request to its principal.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/principal.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "gatehouse/identity/access_tokens.hpp"
#include "gatehouse/identity/account_sessions.hpp"
#include "gatehouse/identity/api_keys.hpp"
#include "gatehouse/identity/socket_tickets.hpp"
#include "gatehouse/identity/visitor_sessions.hpp"

namespace gatehouse::identity {

// What a route asks for.
enum class Credentials : std::uint8_t {
  kNone,          // anyone
  kVisitor,       // a visitor session, or who has signed in
  kSocket,        // the same, or a ticket of one of them
  kAccount,       // who has signed in: a cookie, or an access token
  kMaybeAccount,  // anyone; who has signed in, and shows the other half of the cookie, is known
  kApiKey,        // a key, unless the installation is open to its own machine
  kOperator,      // from this machine, or with the metrics token
};

struct CredentialView {
  std::string_view bearer;         // of Authorization
  std::string_view cookie_token;   // of the visitor session's cookie
  std::string_view account_token;  // of the account session's cookie
  std::string_view csrf_token;     // X-CSRF-Token
  std::string_view ticket = {};    // of the address
  std::string_view origin = {};    // Origin
  std::string_view user_agent;
  std::string_view language;  // Accept-Language
  IpAddress client;
  bool changes_state = false;
};

struct ApiKey {
  std::string name;
  Secret key;
};

// Parses "name:key,name:key". The error names the entry by its position, never the key.
Result<std::vector<ApiKey>> parse_api_keys(std::string_view list);

struct AuthenticatorSettings {
  std::vector<ApiKey> api_keys;
  Secret metrics_token;
  // Without any key, /v1 answers clients of this machine only: for trying things out in
  // development.
  bool is_v1_open_to_loopback = false;
  std::string site = "default";
};

// Safe from any thread. Errors: kUnauthenticated without or with a wrong credential (with the field
// `Authorization` where that holds the token of a session or account, `ticket` where one was
// given), kForbidden for a cookie without its CSRF token. A bearer token counts before all cookies.
class Authenticator {
 public:
  Authenticator(const VisitorSessions& sessions, AccountSessions& accounts, ApiKeys& keys,
                AuthenticatorSettings settings, Random& random,
                const AccessTokens* access_tokens = nullptr,  // null: none hold
                SocketTickets* tickets = nullptr);            // the same

  Result<Principal> authenticate(Credentials needed, const CredentialView& given) const;
  // From now on these hold, and those before don't.
  void replace_keys(std::vector<ApiKey> api_keys, Secret metrics_token);

 private:
  struct Keys {
    std::vector<ApiKey> api_keys;
    std::vector<crypto::Fingerprint> fingerprints;  // in the order of api_keys
    Secret metrics_token;
  };
  std::shared_ptr<const Keys> keys_of_settings() const;
  Result<Principal> visitor(const CredentialView& given) const;
  Result<Principal> account(const CredentialView& given) const;
  Result<Principal> socket(const CredentialView& given) const;
  Result<Principal> token(const CredentialView& given) const;
  Result<Principal> api_key(const CredentialView& given) const;
  Result<Principal> stored_key(std::string_view key, Scope scope) const;
  Result<Principal> for_operator(const CredentialView& given) const;

  const VisitorSessions& sessions_;
  AccountSessions& accounts_;
  ApiKeys& keys_;
  const std::string site_;
  const bool is_v1_open_to_loopback_;
  const AccessTokens* const access_tokens_;
  SocketTickets* const tickets_;
  const crypto::Fingerprinter fingerprinter_;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Keys> keys_of_settings_;
};

}  // namespace gatehouse::identity
