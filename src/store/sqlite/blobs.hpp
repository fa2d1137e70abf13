// Columns of bytes, and of times that may be missing.
#pragma once

#include <cstring>
#include <optional>
#include <string>

#include "gatehouse/crypto/mac.hpp"
#include "gatehouse/store/sqlite/connection.hpp"

namespace gatehouse::store::sqlite {

inline void bind_digest(SQLite::Statement& statement, int index, const crypto::Digest& digest) {
  statement.bind(index, digest.data(), static_cast<int>(digest.size()));
}

// Zeros where the column has fewer bytes.
inline crypto::Digest digest_in(const SQLite::Column& column) {
  crypto::Digest digest{};
  if (static_cast<std::size_t>(column.getBytes()) >= digest.size())
    std::memcpy(digest.data(), column.getBlob(), digest.size());
  return digest;
}

inline void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes) {
  statement.bind(index, bytes.data(), static_cast<int>(bytes.size()));
}

inline std::string blob_in(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

inline void bind_sealed(SQLite::Statement& statement, int index,
                        const std::optional<std::string>& sealed) {
  if (sealed) {
    bind_blob(statement, index, *sealed);
  } else {
    statement.bind(index);  // null
  }
}

inline std::optional<std::string> sealed_in(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return blob_in(column);
}

// Nothing where it is null.
inline std::optional<WallTime> time_in(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return wall_time(column);
}

}  // namespace gatehouse::store::sqlite
