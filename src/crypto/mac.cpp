// SHA-256 by OpenSSL's functions of before version 3: those of today look the algorithm up by its
// name each time, which takes as long as hashing a token.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "gatehouse/crypto/mac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sodium.h>

#include <span>

#include "gatehouse/base/text.hpp"

namespace gatehouse::crypto {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// With the processor's own instructions, where it has them: a fifth of libsodium's time.
Digest sha256_of(std::string_view first, std::string_view second = {}) {
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, first.data(), first.size());
  SHA256_Update(&state, second.data(), second.size());
  Digest digest;
  SHA256_Final(digest.data(), &state);
  sodium_memzero(&state, sizeof state);
  return digest;
}

// RFC 2104.
Digest hmac(std::string_view key, std::string_view bytes) {
  constexpr std::size_t kBlockBytes = 64;
  const Digest short_key = key.size() > kBlockBytes ? sha256_of(key) : Digest{};
  if (key.size() > kBlockBytes) key = as_text(short_key);
  std::array<unsigned char, kBlockBytes> inner;
  std::array<unsigned char, kBlockBytes> outer;
  inner.fill(0x36);
  outer.fill(0x5c);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto byte = static_cast<unsigned char>(key[i]);
    inner[i] ^= byte;
    outer[i] ^= byte;
  }
  const Digest inside = sha256_of(as_text(inner), bytes);
  const Digest digest = sha256_of(as_text(outer), as_text(inside));
  sodium_memzero(inner.data(), inner.size());
  sodium_memzero(outer.data(), outer.size());
  return digest;
}

}  // namespace

Digest sha256(std::string_view bytes) { return sha256_of(bytes); }

std::string sha256_hex(std::string_view bytes) { return to_hex(as_text(sha256(bytes))); }

std::array<unsigned char, 64> sha512(std::string_view bytes) {
  std::array<unsigned char, 64> digest;
  SHA512(bytes_of(bytes), bytes.size(), digest.data());
  return digest;
}

MacKey::MacKey(const Secret& secret, std::string_view purpose)
    : key_(Secret(std::string(as_text(hmac(secret.reveal(), purpose))))) {}

Digest MacKey::sign(std::string_view bytes) const { return hmac(key_.reveal(), bytes); }

bool MacKey::verify(std::string_view bytes, std::string_view mac) const {
  return equals_in_constant_time(as_text(sign(bytes)), mac);
}

Digest hmac_sha256(const Secret& key, std::string_view bytes) { return hmac(key.reveal(), bytes); }

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
