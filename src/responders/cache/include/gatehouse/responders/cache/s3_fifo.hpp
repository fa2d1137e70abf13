// Which of the answers in memory go when there is no more room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <unordered_map>

#include "gatehouse/chat/reply_store.hpp"
#include "gatehouse/responders/cache/kept_reply.hpp"

namespace gatehouse::responders {

struct ReplyKeyHash {
  // The key is a digest: any of its bytes are as good as another hash.
  std::size_t operator()(const chat::ReplyKey& key) const {
    std::size_t hash = 0;
    std::memcpy(&hash, key.data() + 8, sizeof hash);
    return hash;
  }
};

// S3-FIFO: what is new waits in a small queue, what was asked for again while there goes on to the
// main one, and what goes leaves its key behind for a while, by which it comes back to the main
// queue. Bounded in bytes; empty it takes none. One thread at a time.
class S3Fifo {
 public:
  static constexpr std::size_t kEntryBytes = 192;  // beside the answer itself, about

  explicit S3Fifo(std::size_t max_bytes)
      : max_bytes_(max_bytes), small_bytes_max_(max_bytes / 10) {}

  // Null where there is none.
  std::shared_ptr<const KeptReply> find(const chat::ReplyKey& key);
  // In the place of one with the same key; nothing happens where it is larger than all there is.
  void put(const chat::ReplyKey& key, std::shared_ptr<const KeptReply> reply);
  void remove(const chat::ReplyKey& key);

  std::size_t bytes() const { return small_.bytes + main_.bytes; }
  std::size_t entries() const { return index_.size(); }
  std::uint64_t evictions() const { return evictions_; }

 private:
  struct Entry {
    chat::ReplyKey key;
    std::shared_ptr<const KeptReply> reply;
    std::uint8_t uses = 0;  // 0 to 3
    bool is_in_main = false;
  };
  struct Queue {
    std::list<Entry> entries;  // the newest first
    std::size_t bytes = 0;
  };
  using Place = std::list<Entry>::iterator;

  static std::size_t bytes_of(const Entry& entry) { return entry.reply->bytes + kEntryBytes; }
  Queue& queue_of(const Entry& entry) { return entry.is_in_main ? main_ : small_; }
  void make_room();
  void evict_from_small();
  void evict_from_main();
  void move_to_main(Place place);
  void drop(Place place);
  void leave_ghost(const chat::ReplyKey& key);
  bool take_ghost(const chat::ReplyKey& key);

  const std::size_t max_bytes_;
  const std::size_t small_bytes_max_;
  Queue small_;
  Queue main_;
  std::unordered_map<chat::ReplyKey, Place, ReplyKeyHash> index_;
  std::list<chat::ReplyKey> ghosts_;  // the newest first
  std::unordered_map<chat::ReplyKey, std::list<chat::ReplyKey>::iterator, ReplyKeyHash>
      ghost_index_;
  std::uint64_t evictions_ = 0;
};

}  // namespace gatehouse::responders
