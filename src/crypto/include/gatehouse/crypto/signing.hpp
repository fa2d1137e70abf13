// Signatures that anybody can check: Ed25519 (RFC 8032).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"

namespace gatehouse::crypto {

using PublicKey = std::array<unsigned char, 32>;
using Signature = std::array<unsigned char, 64>;

// Immutable; safe from any thread.
class SigningKey {
 public:
  static constexpr std::size_t kSeedBytes = 32;

  static SigningKey make(Random& random);
  // From seed_text(); nothing if it is none.
  static std::optional<SigningKey> from_text(std::string_view seed_base64url);

  Secret seed_text() const;  // base64url: whoever has it can sign
  const PublicKey& public_key() const { return public_key_; }
  Signature sign(std::string_view bytes) const;

 private:
  explicit SigningKey(std::string_view seed);

  Secret seed_;
  Secret secret_key_;
  PublicKey public_key_{};
};

bool is_signature(const Signature& signature, std::string_view bytes, const PublicKey& by);

}  // namespace gatehouse::crypto
