// Port: where the records are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/audit/checkpoint.hpp"
#include "gatehouse/audit/event.hpp"
#include "gatehouse/base/error.hpp"

namespace gatehouse::audit {

struct StoredRecord {
  Record record;
  crypto::Digest digest{};  // as it is kept; a changed record doesn't have it any more
};

// A record by its number.
struct Mark {
  std::uint64_t sequence = 0;
  crypto::Digest digest{};
};

// Changes are durable when they return.
class Log {
 public:
  virtual ~Log() = default;
  // For what changes nothing else. Stores write the record of a change together with it.
  virtual async::Task<Result<void>> append(async::Worker& home, Event event) = 0;
  // At most `limit` records after that number, in their order.
  virtual async::Task<Result<std::vector<StoredRecord>>> read(async::Worker& home, std::string site,
                                                              std::uint64_t after,
                                                              std::uint32_t limit) = 0;
  // The last record, or the last before a time; nothing where there is none.
  virtual async::Task<Result<std::optional<Mark>>> last(async::Worker& home, std::string site) = 0;
  virtual async::Task<Result<std::optional<Mark>>> last_before(async::Worker& home,
                                                               std::string site, WallTime time) = 0;
  // By sequence.
  virtual async::Task<Result<std::vector<Checkpoint>>> checkpoints(async::Worker& home,
                                                                   std::string site) = 0;
  // One for each sequence: the newer takes the place of the older.
  virtual async::Task<Result<void>> add_checkpoint(async::Worker& home, Checkpoint checkpoint) = 0;
  // Adds the checkpoint and removes the records up to it, and the checkpoints before it.
  virtual async::Task<Result<void>> remove_through(async::Worker& home, Checkpoint checkpoint) = 0;
};

}  // namespace gatehouse::audit
