#include "gatehouse/crypto/signing.hpp"

#include <sodium.h>

#include <span>

#include "gatehouse/base/text.hpp"

namespace gatehouse::crypto {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

SigningKey::SigningKey(std::string_view seed) : seed_(std::string(seed)) {
  static_assert(kSeedBytes == crypto_sign_SEEDBYTES);
  std::string secret_key(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(public_key_.data(), reinterpret_cast<unsigned char*>(secret_key.data()),
                           bytes_of(seed));
  secret_key_ = Secret(std::move(secret_key));
}

SigningKey SigningKey::make(Random& random) {
  std::array<char, kSeedBytes> seed{};
  random.fill(std::as_writable_bytes(std::span(seed)));
  SigningKey key(std::string_view(seed.data(), seed.size()));
  sodium_memzero(seed.data(), seed.size());
  return key;
}

std::optional<SigningKey> SigningKey::from_text(std::string_view seed_base64url) {
  const auto seed = from_base64url(seed_base64url);
  if (!seed || seed->size() != kSeedBytes) return std::nullopt;
  return SigningKey(*seed);
}

Secret SigningKey::seed_text() const { return Secret(to_base64url(seed_.reveal())); }

Signature SigningKey::sign(std::string_view bytes) const {
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, bytes_of(bytes), bytes.size(),
                       bytes_of(secret_key_.reveal()));
  return signature;
}

bool is_signature(const Signature& signature, std::string_view bytes, const PublicKey& by) {
  return crypto_sign_verify_detached(signature.data(), bytes_of(bytes), bytes.size(), by.data()) ==
         0;
}

}  // namespace gatehouse::crypto
