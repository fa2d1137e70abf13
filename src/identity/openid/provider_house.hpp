// For tests: a provider's keys, and tokens that are right in everything but what a test changes.
#pragma once

#include <map>
#include <string>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/crypto/testing/jws_signer.hpp"
#include "gatehouse/identity/openid/id_token.hpp"

namespace gatehouse::identity::openid::testing {

inline constexpr std::string_view kIssuer = "https://login.example.com";
inline constexpr std::string_view kClient = "gatehouse";
inline constexpr std::string_view kNonce = "a-nonce-of-this-flow";
inline constexpr std::string_view kAccessToken = "an-access-token";
inline constexpr std::string_view kLogoutEvents =
    R"({"http://schemas.openid.net/event/backchannel-logout":{}})";

// Members of a JSON object by name; a value is JSON, and empty where it is to be left out.
using Members = std::map<std::string, std::string>;

inline std::string json_of(const Members& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    if (json.size() > 1) json += ',';
    json += '"' + name + "\":" + value;
  }
  return json + "}";
}

inline Members with(Members members, const Members& changes) {
  for (const auto& [name, value] : changes) members[name] = value;
  return members;
}

inline std::string json_text(std::string_view text) { return '"' + std::string(text) + '"'; }

class ProviderHouse {
 public:
  FakeClock clock;
  crypto::testing::JwsSigner rsa{crypto::JwsAlgorithm::kRs256};
  crypto::testing::JwsSigner curve{crypto::JwsAlgorithm::kEs256};
  crypto::testing::JwsSigner edwards{crypto::JwsAlgorithm::kEdDsa};

  std::string keys_json() const {
    return R"({"keys":[)" + rsa.jwk("rsa") + "," + curve.jwk("curve") + "," +
           edwards.jwk("edwards") + "]}";
  }
  KeySet keys() const { return *KeySet::read(keys_json()); }

  std::string seconds(std::int64_t from_now) const {
    return std::to_string(unix_seconds(clock.wall()) + from_now);
  }
  Members claims(const Members& changes = {}) const {
    return with({{"iss", json_text(kIssuer)},
                 {"aud", json_text(kClient)},
                 {"sub", json_text("person-1")},
                 {"nonce", json_text(kNonce)},
                 {"iat", seconds(0)},
                 {"exp", seconds(300)},
                 {"email", json_text("Anna@Example.org")},
                 {"email_verified", "true"}},
                changes);
  }
  Members logout_claims(const Members& changes = {}) const {
    return with({{"iss", json_text(kIssuer)},
                 {"aud", json_text(kClient)},
                 {"sub", json_text("person-1")},
                 {"sid", json_text("session-1")},
                 {"jti", json_text("token-1")},
                 {"iat", seconds(0)},
                 {"exp", seconds(120)},
                 {"events", std::string(kLogoutEvents)}},
                changes);
  }
  static Members header(const Members& changes = {}) {
    return with({{"alg", json_text("RS256")}, {"kid", json_text("rsa")}, {"typ", json_text("JWT")}},
                changes);
  }
  std::string token(const Members& claims, const Members& header_changes = {}) const {
    return rsa.sign(json_of(header(header_changes)), json_of(claims));
  }

  Expected expected() const {
    return {.issuer = std::string(kIssuer),
            .client_id = std::string(kClient),
            .nonce = std::string(kNonce),
            .access_token = std::string(kAccessToken),
            .role_claim = "groups"};
  }
  Result<IdClaims> read(std::string_view token) const {
    return read_id_token(token, keys(), expected(), clock.wall());
  }
  Result<LogoutClaims> read_logout(std::string_view token) const {
    return read_logout_token(token, keys(), expected(), clock.wall());
  }
};

// The reason; empty: it held.
template <typename T>
std::string why(const Result<T>& result) {
  if (result) return {};
  return std::string(result.error().for_log());
}

}  // namespace gatehouse::identity::openid::testing
