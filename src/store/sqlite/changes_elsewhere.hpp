// What other processes do to a file, such as `gatehouse users` beside the server.
#pragma once

#include <cstdint>
#include <utility>

#include "gatehouse/store/sqlite/connection.hpp"

namespace gatehouse::store::sqlite {

// Whether another connection has committed since the last call with the same `seen_version`, which
// begins with -1. What this connection itself commits doesn't count.
inline bool has_changed_elsewhere(Connection& connection, std::int64_t& seen_version) {
  const auto version = connection.execAndGet("PRAGMA data_version").getInt64();
  return std::exchange(seen_version, version) != version;
}

}  // namespace gatehouse::store::sqlite
