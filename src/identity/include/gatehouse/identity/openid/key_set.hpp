// The keys that a provider signs with (RFC 7517).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/crypto/jws_public_key.hpp"

namespace gatehouse::identity::openid {

inline constexpr std::size_t kMaxKeySetBytes = 128 * 1024;
inline constexpr std::size_t kMaxKeys = 64;
inline constexpr std::size_t kMaxTokenBytes = 16 * 1024;

// kUnauthenticated: what a provider has sent does not hold, with the reason as a code for records.
std::unexpected<Error> refused(std::string_view code);

struct ProviderKey {
  std::string kid;  // empty: it has none
  crypto::JwsPublicKey key;
};

// What the header of a token says. It chooses among keys, and never what a key is good for.
struct TokenHeader {
  std::string kid;  // empty: none
  crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kRs256;
  std::string type;  // small letters; empty: none
};
// kUnauthenticated for what is no token, has `crit` or names an algorithm that no provider's key is
// for (`none`, HS256 …).
Result<TokenHeader> read_token_header(std::string_view token);

class KeySet {
 public:
  // The reason of payload_of() where the header's key isn't among these.
  static constexpr std::string_view kUnknownKey = "unknown_key";

  KeySet() = default;
  explicit KeySet(std::vector<ProviderKey> keys) : keys_(std::move(keys)) {}
  // Keys of kinds that aren't known, that aren't for signatures, or that are broken are left out.
  // kUpstreamFailed for what is no set of keys.
  static Result<KeySet> read(std::string_view json);

  // The text that one of these keys signed. kUnauthenticated with the reason as a code in
  // log_message.
  Result<std::string> payload_of(std::string_view token, const TokenHeader& header) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<ProviderKey> keys_;
};

}  // namespace gatehouse::identity::openid
