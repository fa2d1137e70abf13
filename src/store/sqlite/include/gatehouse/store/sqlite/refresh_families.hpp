// Refresh families in SQLite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/identity/refresh_families.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// Both must be of a file that open_store_file() gave, and outlive this.
class RefreshFamilies final : public identity::RefreshFamilyStore {
 public:
  using Family = identity::RefreshFamily;
  using Ids = std::vector<std::string>;

  RefreshFamilies(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  async::Task<Result<Ids>> add(async::Worker& home, Family family, std::uint64_t account_epoch,
                               std::uint32_t per_account, audit::Event event) override;
  async::Task<Result<std::optional<identity::FoundFamily>>> find(async::Worker& home,
                                                                 std::string site,
                                                                 std::string id) override;
  async::Task<Result<bool>> advance(async::Worker& home, std::string site, std::string id,
                                    std::uint64_t from, identity::TokenClient client,
                                    WallTime now) override;
  async::Task<Result<bool>> end(async::Worker& home, std::string site, std::string id,
                                audit::Event event) override;
  async::Task<Result<std::vector<Family>>> list(async::Worker& home, std::string site,
                                                std::string account_id) override;
  async::Task<Result<std::optional<std::vector<identity::LiveFamily>>>> load_changed(
      async::Worker& home, std::string site, bool is_asked_anyway) override;
  async::Task<Result<Ids>> remove_expired(async::Worker& home, WallTime created_before,
                                          WallTime refreshed_before) override;

 private:
  Writer& writer_;
  Readers& readers_;
  std::int64_t seen_version_ = -1;  // on the writer's thread
};

}  // namespace gatehouse::store::sqlite
