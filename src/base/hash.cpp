#include "gatehouse/base/hash.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace gatehouse {
namespace {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
};

}  // namespace

std::uint64_t keyed_hash(std::string_view bytes, std::uint64_t seed_low, std::uint64_t seed_high) {
  SipState state{seed_low ^ 0x736f6d6570736575, seed_high ^ 0x646f72616e646f6d,
                 seed_low ^ 0x6c7967656e657261, seed_high ^ 0x7465646279746573};
  const std::uint64_t length = bytes.size();
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    state.v3 ^= word;
    state.round();
    state.v0 ^= word;
    bytes.remove_prefix(8);
  }
  std::uint64_t last = length << 56;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  state.v3 ^= last;
  state.round();
  state.v0 ^= last;
  state.v2 ^= 0xFF;
  state.round();
  state.round();
  state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

std::uint64_t keyed_hash(const IpPrefix& prefix, std::uint64_t seed_low, std::uint64_t seed_high) {
  std::array<char, 17> bytes;
  std::ranges::copy(prefix.address().bytes(), bytes.begin());
  bytes.back() = static_cast<char>(prefix.length());
  return keyed_hash(std::string_view(bytes.data(), bytes.size()), seed_low, seed_high);
}

}  // namespace gatehouse
