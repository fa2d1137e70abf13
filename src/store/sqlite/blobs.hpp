// Digests in columns of type BLOB.
#pragma once

#include <cstring>

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

}  // namespace gatehouse::store::sqlite
