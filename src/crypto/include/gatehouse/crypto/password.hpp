// Hashes of passwords: argon2id (RFC 9106), as text that carries its own salt and cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/secret.hpp"

namespace gatehouse::crypto {

struct PasswordCost {
  std::uint64_t passes = 2;
  std::size_t memory_bytes = std::size_t{64} * 1024 * 1024;
};

// Both take as long and as much memory as the cost says (with the default about 60 ms) and
// block: never on a worker's thread. Safe from any thread.

// "$argon2id$v=19$m=65536,t=2,p=1$…". kUnavailable without the memory.
Result<std::string> hash_password(const Secret& password, const PasswordCost& cost);
// False also for what is no such hash.
bool is_password(const Secret& password, const std::string& hash);

}  // namespace gatehouse::crypto
