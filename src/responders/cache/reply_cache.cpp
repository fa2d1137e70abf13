#include "gatehouse/responders/cache/reply_cache.hpp"

#include <algorithm>

namespace gatehouse::responders {
namespace {

constexpr std::size_t kMostShards = 8;

// So few that each has room for several of the largest answers.
std::size_t shards_for(std::uint64_t memory_bytes) {
  return std::clamp<std::size_t>(memory_bytes / (8 * KeptReply::kMaxBytes), 1, kMostShards);
}

}  // namespace

ReplyCache::ReplyCache(ReplyCacheSettings settings, chat::ReplyStore* store)
    : settings_(settings), store_(store) {
  const std::size_t shards = shards_for(settings_.memory_bytes);
  for (std::size_t i = 0; i < shards; ++i)
    shards_.push_back(std::make_unique<Shard>(settings_.memory_bytes / shards));
}

ReplyCache::Shard& ReplyCache::shard_of(const chat::ReplyKey& key) const {
  return *shards_[key[0] % shards_.size()];
}

WallTime ReplyCache::oldest(WallTime now) const {
  return now - std::chrono::duration_cast<std::chrono::milliseconds>(settings_.lifetime);
}

std::shared_ptr<const KeptReply> ReplyCache::find_in(Shard& shard, const chat::ReplyKey& key,
                                                     WallTime now) {
  auto kept = shard.replies.find(key);
  if (kept && kept->kept_at < oldest(now)) {
    shard.replies.remove(key);
    return nullptr;
  }
  if (kept) count(memory_hits_);
  return kept;
}

std::shared_ptr<const KeptReply> ReplyCache::find(const chat::ReplyKey& key, WallTime now) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  return find_in(shard, key, now);
}

void ReplyCache::keep(const chat::ReplyKey& key, std::shared_ptr<const KeptReply> reply) {
  count(kept_);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  shard.replies.put(key, std::move(reply));
}

void ReplyCache::forget(const chat::ReplyKey& key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  shard.replies.remove(key);
}

// An answer is kept before its flight lands, so between the two there is no moment without either.
ReplyCache::Joined ReplyCache::join(const chat::ReplyKey& key, WallTime now,
                                    const std::shared_ptr<Follower>& follower, Deadline deadline) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (auto kept = find_in(shard, key, now)) return {.kept = std::move(kept), .flight = nullptr};
  auto& flight = shard.flights[key];
  if (flight && flight->join(follower)) {
    count(joined_);
    return {.kept = nullptr, .flight = flight};
  }
  flight = std::make_shared<Flight>(follower->worker, deadline);
  flight->join(follower);
  return {.kept = nullptr, .flight = flight, .is_own = true};
}

void ReplyCache::land(const chat::ReplyKey& key, const Flight& flight) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.flights.find(key);
  if (found != shard.flights.end() && found->second.get() == &flight) shard.flights.erase(found);
}

ReplyCacheCounts ReplyCache::counts() const {
  ReplyCacheCounts counts{.memory_hits = memory_hits_,
                          .disk_hits = disk_hits_,
                          .misses = misses_,
                          .joined = joined_,
                          .kept = kept_};
  for (std::size_t i = 0; i < not_kept_.size(); ++i) counts.not_kept[i] = not_kept_[i];
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    counts.evictions += shard->replies.evictions();
    counts.memory_entries += shard->replies.entries();
    counts.memory_bytes += shard->replies.bytes();
  }
  if (store_ != nullptr) {
    counts.disk_entries = store_->entries();
    counts.disk_bytes = store_->bytes();
  }
  return counts;
}

}  // namespace gatehouse::responders
