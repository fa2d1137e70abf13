#include "gatehouse/responders/cache/s3_fifo.hpp"

#include <algorithm>

namespace gatehouse::responders {
namespace {

constexpr std::uint8_t kMostUses = 3;
constexpr std::size_t kFewestGhosts = 16;

}  // namespace

std::shared_ptr<const KeptReply> S3Fifo::find(const chat::ReplyKey& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  Entry& entry = *found->second;
  entry.uses = static_cast<std::uint8_t>(std::min<int>(entry.uses + 1, kMostUses));
  return entry.reply;
}

void S3Fifo::put(const chat::ReplyKey& key, std::shared_ptr<const KeptReply> reply) {
  Entry entry{.key = key, .reply = std::move(reply)};
  if (bytes_of(entry) > max_bytes_) return;
  if (const auto found = index_.find(key); found != index_.end()) {
    Entry& old = *found->second;
    Queue& queue = queue_of(old);
    queue.bytes += bytes_of(entry);
    queue.bytes -= bytes_of(old);
    old.reply = std::move(entry.reply);
    return make_room();
  }
  entry.is_in_main = take_ghost(key);
  Queue& queue = queue_of(entry);
  queue.bytes += bytes_of(entry);
  queue.entries.push_front(std::move(entry));
  index_[key] = queue.entries.begin();
  make_room();
}

void S3Fifo::remove(const chat::ReplyKey& key) {
  if (const auto found = index_.find(key); found != index_.end()) drop(found->second);
}

void S3Fifo::make_room() {
  while (bytes() > max_bytes_) {
    if (small_.bytes > small_bytes_max_ || main_.entries.empty()) {
      evict_from_small();
    } else {
      evict_from_main();
    }
  }
}

void S3Fifo::evict_from_small() {
  while (!small_.entries.empty()) {
    const Place last = std::prev(small_.entries.end());
    if (last->uses <= 1) {
      leave_ghost(last->key);
      ++evictions_;
      return drop(last);
    }
    move_to_main(last);
  }
}

void S3Fifo::evict_from_main() {
  while (!main_.entries.empty()) {
    const Place last = std::prev(main_.entries.end());
    if (last->uses == 0) {
      ++evictions_;
      return drop(last);
    }
    --last->uses;
    main_.entries.splice(main_.entries.begin(), main_.entries, last);
  }
}

void S3Fifo::move_to_main(Place place) {
  small_.bytes -= bytes_of(*place);
  main_.bytes += bytes_of(*place);
  place->uses = 0;
  place->is_in_main = true;
  main_.entries.splice(main_.entries.begin(), small_.entries, place);
}

void S3Fifo::drop(Place place) {
  Queue& queue = queue_of(*place);
  queue.bytes -= bytes_of(*place);
  index_.erase(place->key);
  queue.entries.erase(place);
}

// As many as there are in the main queue.
void S3Fifo::leave_ghost(const chat::ReplyKey& key) {
  ghosts_.push_front(key);
  ghost_index_[key] = ghosts_.begin();
  while (ghosts_.size() > std::max(main_.entries.size(), kFewestGhosts)) {
    ghost_index_.erase(ghosts_.back());
    ghosts_.pop_back();
  }
}

bool S3Fifo::take_ghost(const chat::ReplyKey& key) {
  const auto found = ghost_index_.find(key);
  if (found == ghost_index_.end()) return false;
  ghosts_.erase(found->second);
  ghost_index_.erase(found);
  return true;
}

}  // namespace gatehouse::responders
