// Randomness for everything that chance decides: ids, tokens, nonces, jitter, picked texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse {

// Safe to call from any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  std::uint64_t next_u64();
  // Uniform in [0, bound), without modulo bias. bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

// The kernel's generator (getrandom), read in blocks per thread: a call costs tens of nanoseconds.
class SecureRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// `bytes` random bytes as base64url without padding, behind a prefix.
std::string random_token(Random& random, std::size_t bytes, std::string_view prefix = {});

}  // namespace gatehouse
