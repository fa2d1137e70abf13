// Bans in SQLite: they outlive the process, and the command line changes them beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/guard/bans.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// The writer must be of a file that open_store_file() gave, and outlive this.
class Bans final : public guard::BanStore {
 public:
  explicit Bans(Writer& writer) : writer_(writer) {}

  async::Task<Result<void>> put(async::Worker& home, std::string site, guard::Ban ban) override;
  async::Task<Result<std::optional<std::vector<guard::Ban>>>> load_changed(
      async::Worker& home, std::string site) override;

  // For the start and the command line. Both block.
  Result<std::vector<guard::Ban>> load_all_and_wait(std::string site);
  Result<void> put_and_wait(std::string site, guard::Ban ban);

 private:
  Writer& writer_;
  std::int64_t seen_version_ = -1;  // on the writer's thread
};

}  // namespace gatehouse::store::sqlite
