// A fast 64-bit hash with a secret seed, for tables that outsiders fill. Not for signatures.
#pragma once

#include <cstdint>
#include <string_view>

#include "gatehouse/base/ip_address.hpp"

namespace gatehouse {

// SipHash-1-3: collisions can't be made without the seed.
std::uint64_t keyed_hash(std::string_view bytes, std::uint64_t seed_low, std::uint64_t seed_high);
std::uint64_t keyed_hash(const IpPrefix& prefix, std::uint64_t seed_low, std::uint64_t seed_high);

}  // namespace gatehouse
