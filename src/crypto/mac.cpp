#include "gatehouse/crypto/mac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <span>

#include "gatehouse/base/text.hpp"

namespace gatehouse::crypto {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Digest hmac(std::string_view key, std::string_view bytes) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(bytes), bytes.size());
  Digest digest;
  crypto_auth_hmacsha256_final(&state, digest.data());
  return digest;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest;
  crypto_hash_sha256(digest.data(), bytes_of(bytes), bytes.size());
  return digest;
}

std::string sha256_hex(std::string_view bytes) { return to_hex(as_text(sha256(bytes))); }

MacKey::MacKey(const Secret& secret, std::string_view purpose)
    : key_(Secret(std::string(as_text(hmac(secret.reveal(), purpose))))) {}

Digest MacKey::sign(std::string_view bytes) const { return hmac(key_.reveal(), bytes); }

bool MacKey::verify(std::string_view bytes, std::string_view mac) const {
  return equals_in_constant_time(as_text(sign(bytes)), mac);
}

std::array<unsigned char, 20> hmac_sha1(const Secret& key, std::string_view bytes) {
  std::array<unsigned char, 20> mac{};
  unsigned length = 0;
  HMAC(EVP_sha1(), key.reveal().data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
       mac.data(), &length);
  return mac;
}

Fingerprinter::Fingerprinter(Random& random) {
  static_assert(sizeof key_ == crypto_shorthash_siphashx24_KEYBYTES);
  random.fill(std::as_writable_bytes(std::span(key_)));
}

Fingerprint Fingerprinter::of(std::string_view secret) const {
  static_assert(sizeof(Fingerprint) == crypto_shorthash_siphashx24_BYTES);
  Fingerprint fingerprint;
  crypto_shorthash_siphashx24(fingerprint.data(), bytes_of(secret), secret.size(), key_.data());
  return fingerprint;
}

bool equals_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace gatehouse::crypto
