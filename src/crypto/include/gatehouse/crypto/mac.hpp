// Hashes and message authentication codes.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"

namespace gatehouse::crypto {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
// For what others hash so.
std::array<unsigned char, 64> sha512(std::string_view bytes);

// A key of HMAC-SHA-256 (RFC 2104), derived from a secret of any length for one purpose: the same
// secret gives unrelated keys for "session" and "csrf". Immutable; safe from any thread.
class MacKey {
 public:
  MacKey(const Secret& secret, std::string_view purpose);
  Digest sign(std::string_view bytes) const;
  // In constant time.
  bool verify(std::string_view bytes, std::string_view mac) const;

 private:
  Secret key_;
};

// HMAC-SHA-256 with a key as it is, for formats that ask for it. Everything else takes a MacKey.
Digest hmac_sha256(const Secret& key, std::string_view bytes);

// HMAC-SHA-1 (RFC 2104), for one-time codes only: nothing else of ours uses SHA-1.
std::array<unsigned char, 20> hmac_sha1(const Secret& key, std::string_view bytes);

using Fingerprint = std::array<unsigned char, 16>;

// Tells secrets apart without keeping them: SipHash-2-4 with 128 bits under a key that lives as
// long as the process. A tenth of the cost of a SHA-256; useless outside the process, so never
// stored.
class Fingerprinter {
 public:
  explicit Fingerprinter(Random& random);
  Fingerprint of(std::string_view secret) const;

 private:
  Fingerprint key_{};
};

// Whether two byte strings are equal, in a time that depends on their lengths only.
bool equals_in_constant_time(std::string_view a, std::string_view b);

template <std::size_t Size>
std::string_view as_text(const std::array<unsigned char, Size>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), Size};
}

}  // namespace gatehouse::crypto
