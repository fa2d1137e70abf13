// One reader of a conversation's stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "gatehouse/async/signal.hpp"
#include "gatehouse/chat/stream_item.hpp"

namespace gatehouse::chat {

// Lives on the reader's worker; the stream, on its own, hands batches over by post. Bounded in
// bytes: a reader that falls behind is told to come back with its last event id, and what it missed
// is still in the stream's history.
class Subscription {
 public:
  // kEndOnly: for who waits for the whole reply and reads it from the store then.
  enum class Wants : std::uint8_t { kEverything, kEndOnly };

  Subscription(async::Worker& home, std::size_t limit_bytes, Wants wants = Wants::kEverything)
      : home_(home), limit_bytes_(limit_bytes), wants_(wants), changed_(home) {}

  async::Worker& home() const { return home_; }
  // On the reader's worker, all of these.
  void deliver(const std::vector<SharedItem>& items);
  bool take(SharedItem& item);
  bool is_overrun() const { return is_overrun_; }
  bool has_ended() const { return has_ended_; }  // the stream is gone: nothing more will come
  void end();
  async::Signal& changed() { return changed_; }

  std::string epoch;            // of the stream, set when it was joined
  std::string begin_notice;     // why it had to begin anew ("reset"), empty if it didn't
  std::uint64_t joined_at = 0;  // the offset before the first item that will come

 private:
  async::Worker& home_;
  const std::size_t limit_bytes_;
  const Wants wants_;
  async::Signal changed_;
  std::deque<SharedItem> queue_;
  std::size_t queued_bytes_ = 0;
  bool is_overrun_ = false;
  bool has_ended_ = false;
};

}  // namespace gatehouse::chat
