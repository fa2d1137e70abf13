// Compact JSON Web Signatures (RFC 7515): what is signed, and the keys that can have signed it. The
// texts inside are read by others: this knows no JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/crypto/signing.hpp"

namespace gatehouse::crypto {

enum class JwsAlgorithm : std::uint8_t { kHs256, kEdDsa, kRs256, kEs256 };
std::string_view name_of(JwsAlgorithm algorithm);  // as `alg` says it
std::optional<JwsAlgorithm> jws_algorithm_of(std::string_view name);

inline constexpr std::size_t kMaxJwsBytes = 4096;

// The parts of a token, still as base64url. Views of it.
struct JwsParts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header and payload, with the dot between
};
// Nothing for what is longer than `most_bytes` or hasn't three parts.
std::optional<JwsParts> split_jws(std::string_view token, std::size_t most_bytes = kMaxJwsBytes);

// A key of ours with the one algorithm it is for, HS256 or EdDSA: what a token says of its
// algorithm is not asked (RFC 8725 §3.1). Immutable; safe from any thread.
class JwsKey {
 public:
  static constexpr std::size_t kSecretBytes = 32;

  static JwsKey make(JwsAlgorithm algorithm, Random& random);
  // For HS256 at least 32 bytes, for EdDSA the 32 of a seed; nothing for others.
  static std::optional<JwsKey> from_secret(JwsAlgorithm algorithm, Secret secret);

  JwsAlgorithm algorithm() const { return algorithm_; }
  const Secret& secret() const { return secret_; }  // whoever has it can sign
  // Null where there is none: of HS256.
  const PublicKey* public_key() const { return signer_ ? &signer_->public_key() : nullptr; }

  // The whole token.
  std::string sign(std::string_view header_json, std::string_view payload_json) const;
  // In constant time. False also for a signature that is no canonical base64url.
  bool has_signed(const JwsParts& parts) const;

 private:
  JwsKey(JwsAlgorithm algorithm, Secret secret, std::optional<SigningKey> signer)
      : algorithm_(algorithm), secret_(std::move(secret)), signer_(std::move(signer)) {}

  JwsAlgorithm algorithm_;
  Secret secret_;
  std::optional<SigningKey> signer_;  // of EdDSA
};

}  // namespace gatehouse::crypto
