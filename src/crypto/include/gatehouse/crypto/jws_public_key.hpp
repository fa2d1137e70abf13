// The public keys of others, which check what they signed: RSA, P-256 and Ed25519.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "gatehouse/crypto/jws.hpp"

using EVP_PKEY = struct evp_pkey_st;

namespace gatehouse::crypto {

// A key with the one algorithm it is for, whatever a token says of its own: RS256, ES256 or EdDSA.
// Immutable; safe from any thread.
class JwsPublicKey {
 public:
  static constexpr std::size_t kCoordinateBytes = 32;

  // Numbers are big-endian bytes. Nothing for a modulus below 2048 or above 8192 bits, and for an
  // exponent that is even, 1, or longer than 8 bytes.
  static std::optional<JwsPublicKey> of_rsa(std::string_view modulus, std::string_view exponent);
  // Nothing for what is no point of the curve. Each has kCoordinateBytes.
  static std::optional<JwsPublicKey> of_p256(std::string_view x, std::string_view y);
  // Nothing for what is no point of the curve's large group, in its one form.
  static std::optional<JwsPublicKey> of_ed25519(std::string_view x);

  JwsAlgorithm algorithm() const { return algorithm_; }
  // False also for a signature that is no canonical base64url or of another length.
  bool has_signed(const JwsParts& parts) const;

 private:
  JwsPublicKey(JwsAlgorithm algorithm, EVP_PKEY* key);

  JwsAlgorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace gatehouse::crypto
