// What all workers share of the reply cache: answers in memory, and questions under way.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gatehouse/responders/cache/flight.hpp"
#include "gatehouse/responders/cache/s3_fifo.hpp"

namespace gatehouse::responders {

// Which answers are kept.
enum class CachedAnswers : std::uint8_t {
  kDeterministic,  // those that would be the same if they were asked for once more
  kAll,            // all but those of responders that do things
};

struct ReplyCacheSettings {
  CachedAnswers answers = CachedAnswers::kDeterministic;
  bool is_shared = false;  // by all of a site; else each asker has his own
  std::uint64_t memory_bytes = 32 * 1024 * 1024;
  Duration lifetime = std::chrono::hours(6);
};

struct ReplyCacheCounts {
  std::uint64_t memory_hits = 0;
  std::uint64_t disk_hits = 0;
  std::uint64_t misses = 0;  // a backend was asked
  std::uint64_t joined = 0;  // another had asked it already
  std::uint64_t kept = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(NotKept::kCount)> not_kept{};
  std::uint64_t evictions = 0;
  std::uint64_t memory_entries = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t disk_entries = 0;
  std::uint64_t disk_bytes = 0;
};

// Safe from any thread; a lock is held for a look into a table.
class ReplyCache {
 public:
  // `store` outlives it; null: there is memory only.
  ReplyCache(ReplyCacheSettings settings, chat::ReplyStore* store);

  // Null where there is none, or only one that is too old.
  std::shared_ptr<const KeptReply> find(const chat::ReplyKey& key, WallTime now);
  void keep(const chat::ReplyKey& key, std::shared_ptr<const KeptReply> reply);
  void forget(const chat::ReplyKey& key);

  // What there is for a key: the answer, or a flight that `follower` has joined. If that is his
  // own, he has to see that it ends and lands.
  struct Joined {
    std::shared_ptr<const KeptReply> kept;
    std::shared_ptr<Flight> flight;
    bool is_own = false;
  };
  Joined join(const chat::ReplyKey& key, WallTime now, const std::shared_ptr<Follower>& follower,
              Deadline deadline);
  void land(const chat::ReplyKey& key, const Flight& flight);

  void note_disk_hit() { count(disk_hits_); }
  void note_miss() { count(misses_); }
  void note_not_kept(NotKept reason) { count(not_kept_[static_cast<std::size_t>(reason)]); }
  ReplyCacheCounts counts() const;

  const ReplyCacheSettings& settings() const { return settings_; }
  chat::ReplyStore* store() const { return store_; }
  WallTime oldest(WallTime now) const;  // that may still be given

 private:
  struct Shard {
    explicit Shard(std::size_t max_bytes) : replies(max_bytes) {}
    std::mutex mutex;
    S3Fifo replies;
    std::unordered_map<chat::ReplyKey, std::shared_ptr<Flight>, ReplyKeyHash> flights;
  };
  using Count = std::atomic<std::uint64_t>;

  static void count(Count& counter) { counter.fetch_add(1, std::memory_order_relaxed); }
  Shard& shard_of(const chat::ReplyKey& key) const;
  std::shared_ptr<const KeptReply> find_in(Shard& shard, const chat::ReplyKey& key, WallTime now);

  const ReplyCacheSettings settings_;
  chat::ReplyStore* const store_;
  std::vector<std::unique_ptr<Shard>> shards_;
  Count memory_hits_ = 0;
  Count disk_hits_ = 0;
  Count misses_ = 0;
  Count joined_ = 0;
  Count kept_ = 0;
  std::array<Count, static_cast<std::size_t>(NotKept::kCount)> not_kept_{};
};

}  // namespace gatehouse::responders
