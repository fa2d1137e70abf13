// The keys of access tokens in SQLite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/identity/token_keys.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// The writer must be of a file that open_store_file() gave, and outlive this.
class TokenKeys final : public identity::TokenKeyStore {
 public:
  using Key = identity::StoredTokenKey;

  explicit TokenKeys(Writer& writer) : writer_(writer) {}

  async::Task<Result<std::vector<Key>>> list(async::Worker& home, std::string site) override;
  async::Task<Result<void>> rotate(async::Worker& home, identity::KeyRotation rotation,
                                   audit::Event event) override;
  async::Task<Result<std::optional<std::vector<Key>>>> load_changed(async::Worker& home,
                                                                    std::string site) override;
  async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home, WallTime now) override;

 private:
  Writer& writer_;
  std::int64_t seen_version_ = -1;  // on the writer's thread
};

}  // namespace gatehouse::store::sqlite
