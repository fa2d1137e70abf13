// Access tokens: JSON Web Tokens (RFC 9068) that prove for a quarter of an hour who asks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "gatehouse/identity/account.hpp"
#include "gatehouse/identity/live_families.hpp"
#include "gatehouse/identity/token_keys.hpp"

namespace gatehouse::identity {

struct AccessTokenSettings {
  std::string issuer;  // where the house is reached
  std::string audience = "gatehouse";
  std::string site = "default";
};

// What a token says.
struct AccessClaims {
  std::string account_id;  // sub
  std::string family_id;   // sid
  std::string token_id;    // jti
  std::string site;
  Role role = Role::kMember;
  std::uint64_t epoch = 0;  // of the account
  WallTime issued_at;
  WallTime expires_at;
};

struct IssuedAccessToken {
  Secret token;
  WallTime expires_at;
};

// What is in a payload: all claims, each of its type, and made by this house for itself. Whether it
// is the time for it is another question. kUnauthenticated for anything else.
Result<AccessClaims> read_claims(std::string_view json, const AccessTokenSettings& expected,
                                 WallTime now);

// Makes and checks access tokens. One that held is remembered by its fingerprint, until it expires
// or a key changes, in a table of fixed size; that its family lives and its account is as it was is
// asked each time. So a check costs no signature but the first, and ending a family ends its access
// tokens too. Safe from any thread. All that is handed in outlives this.
class AccessTokens {
 public:
  static constexpr Duration kLifetime = std::chrono::minutes(15);
  static constexpr Duration kClockSkew = std::chrono::seconds(30);

  AccessTokens(const Clock& clock, Random& random, const TokenKeys& keys,
               const LiveFamilies& families, AccessTokenSettings settings);

  // Not beyond the end of its family. kUnavailable without a key.
  Result<IssuedAccessToken> issue(const Account& account, std::string_view family_id,
                                  WallTime family_ends_at) const;
  // kUnauthenticated for what was not issued here or holds no more.
  Result<std::shared_ptr<const AccessClaims>> verify(std::string_view token) const;

 private:
  struct Held {
    crypto::Fingerprint fingerprint{};
    std::shared_ptr<const AccessClaims> claims;  // null: an empty place
    WallTime until;
    std::uint64_t generation = 0;  // of the keys
  };
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kSets = 1024;
  struct Set {
    std::mutex mutex;
    std::array<Held, kWays> ways;
  };

  Set& set_of(const crypto::Fingerprint& fingerprint) const;
  std::shared_ptr<const AccessClaims> held(const crypto::Fingerprint& fingerprint,
                                           WallTime now) const;
  void hold(Held held) const;
  Result<Held> check(std::string_view token, WallTime now) const;

  const Clock& clock_;
  Random& random_;
  const TokenKeys& keys_;
  const LiveFamilies& families_;
  const AccessTokenSettings settings_;
  const crypto::Fingerprinter fingerprinter_;
  const std::unique_ptr<Set[]> sets_ = std::make_unique<Set[]>(kSets);
};

}  // namespace gatehouse::identity
