// The audit log in SQLite.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gatehouse/audit/log.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// Both must be of a file that open_store_file() gave, and outlive this.
class AuditLog final : public audit::Log {
 public:
  AuditLog(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  async::Task<Result<void>> append(async::Worker& home, audit::Event event) override;
  async::Task<Result<std::vector<audit::StoredRecord>>> read(async::Worker& home, std::string site,
                                                             std::uint64_t after,
                                                             std::uint32_t limit) override;
  async::Task<Result<std::optional<audit::Mark>>> last(async::Worker& home,
                                                       std::string site) override;
  async::Task<Result<std::optional<audit::Mark>>> last_before(async::Worker& home, std::string site,
                                                              WallTime time) override;
  async::Task<Result<std::vector<audit::Checkpoint>>> checkpoints(async::Worker& home,
                                                                  std::string site) override;
  async::Task<Result<void>> add_checkpoint(async::Worker& home,
                                           audit::Checkpoint checkpoint) override;
  async::Task<Result<void>> remove_through(async::Worker& home,
                                           audit::Checkpoint checkpoint) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

}  // namespace gatehouse::store::sqlite
