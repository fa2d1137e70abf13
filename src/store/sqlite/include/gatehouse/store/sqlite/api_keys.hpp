// Keys of programs in SQLite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/identity/api_keys.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// The writer must be of a file that open_store_file() gave, and outlive this.
class ApiKeys final : public identity::ApiKeyStore {
 public:
  using Key = identity::ApiKeyRecord;

  explicit ApiKeys(Writer& writer) : writer_(writer) {}

  async::Task<Result<void>> add(async::Worker& home, Key key, audit::Event event) override;
  async::Task<Result<void>> remove(async::Worker& home, std::string site, std::string id,
                                   audit::Event event) override;
  async::Task<Result<void>> note_used(async::Worker& home, std::string site,
                                      std::vector<identity::UsedKey> used) override;
  async::Task<Result<std::vector<Key>>> list(async::Worker& home, std::string site) override;
  async::Task<Result<std::optional<std::vector<Key>>>> load_changed(async::Worker& home,
                                                                    std::string site,
                                                                    bool is_asked_anyway) override;

 private:
  Writer& writer_;
  std::int64_t seen_version_ = -1;  // on the writer's thread
};

}  // namespace gatehouse::store::sqlite
