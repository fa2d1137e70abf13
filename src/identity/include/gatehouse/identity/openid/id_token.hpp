// What a provider says of a person, and of the end of a session: ID tokens (OpenID Connect Core
// §3.1.3.7) and logout tokens (Back-Channel Logout §2.6).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/identity/openid/key_set.hpp"

namespace gatehouse::identity::openid {

inline constexpr Duration kClockSkew = std::chrono::minutes(2);
inline constexpr Duration kMaxAge = std::chrono::minutes(10);  // since it was made

// Who and what a token must be of and for.
struct Expected {
  std::string issuer;
  std::string client_id;
  std::string nonce;         // of ID tokens
  std::string access_token;  // that came with it; empty: none did
  std::string role_claim;    // empty: none is read
};

struct IdClaims {
  std::string subject;
  std::string email;  // empty: none
  bool is_email_verified = false;
  std::string hosted_domain;  // `hd`; empty: none
  std::string session_id;     // `sid`; empty: none
  bool has_roles = false;     // the claim of roles is there
  std::vector<std::string> roles;
};

Result<IdClaims> read_id_token(std::string_view token, const KeySet& keys, const Expected& expected,
                               WallTime now);

// Adds what the userinfo endpoint says to what the token left out. kUnauthenticated where that is
// of somebody else.
Result<IdClaims> with_userinfo(IdClaims claims, std::string_view json, const Expected& expected);

struct LogoutClaims {
  std::string subject;     // one of the two is there
  std::string session_id;  // `sid`
  std::string token_id;    // `jti`: good once
  WallTime expires_at;     // after that it holds no more in any case
};

Result<LogoutClaims> read_logout_token(std::string_view token, const KeySet& keys,
                                       const Expected& expected, WallTime now);

}  // namespace gatehouse::identity::openid
