// Brings what is sealed in the store to a new key, in the background.
#pragma once

#include <cstdint>
#include <string>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/store/sqlite/recordings.hpp"
#include "gatehouse/store/sqlite/sealed_rows.hpp"
#include "key_files.hpp"

namespace gatehouse::app {

struct AtRestNews {
  bool has_new_keys = false;
  bool has_ended = false;  // all is sealed with the newest key, and there is no other any more
  std::uint32_t newest_key = 0;
  std::uint64_t resealed = 0;
  std::uint64_t unreadable = 0;
};

// The keys in the file say what is to be done: where there is more than one, all is sealed anew
// with the newest, and then the others are dropped. So it goes on after a crash. A key is dropped
// only when no row needs it, and a while after the last one did: what was sealed with it may still
// be on its way to the disk. One thing at a time.
class AtRest {
 public:
  static constexpr Duration kGrace = std::chrono::seconds(5);

  // `recordings` may be null. All outlive this, but for copies of the sealers.
  AtRest(std::string key_path, crypto::SealingKeys keys, Sealers sealers,
         store::sqlite::SealedRows rows, store::sqlite::Recordings* recordings, TimePoint now)
      : key_path_(std::move(key_path)),
        keys_(std::move(keys)),
        sealers_(std::move(sealers)),
        rows_(std::move(rows)),
        recordings_(recordings),
        quiet_since_(now) {}

  // Looks at the keys and works for half a second, if there is something to do. An error is told
  // once for as long as it lasts.
  async::Task<Result<AtRestNews>> tick(async::Worker& home, async::BlockingPool& files);
  // All at once, where no server runs.
  async::Task<Result<AtRestNews>> finish(async::Worker& home, async::BlockingPool& files);
  // How many are sealed with older keys.
  async::Task<Result<std::uint64_t>> outdated(async::Worker& home);

 private:
  struct Walk {
    std::uint64_t resealed = 0;
    std::uint64_t unreadable = 0;
  };
  // True when the keys of the file are others than before.
  async::Task<Result<bool>> take_over(async::Worker& home, async::BlockingPool& files);
  // A step. True at the end of a walk along all there is.
  async::Task<Result<bool>> step(async::Worker& home);
  async::Task<Result<bool>> drop_old_keys(async::Worker& home, async::BlockingPool& files);
  async::Task<Result<AtRestNews>> work(async::Worker& home, async::BlockingPool& files,
                                       Deadline until, Duration grace);

  const std::string key_path_;
  crypto::SealingKeys keys_;
  Sealers sealers_;
  store::sqlite::SealedRows rows_;
  store::sqlite::Recordings* const recordings_;
  TimePoint quiet_since_;  // since when nothing was sealed with an older key
  bool is_at_recordings_ = false;
  Walk walk_;
  std::uint64_t resealed_ = 0;
  std::string told_error_;
};

}  // namespace gatehouse::app
