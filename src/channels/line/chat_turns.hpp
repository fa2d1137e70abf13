// One message of a chat at a time, in the order they came.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task.hpp"

namespace gatehouse::channels::line {

// Holds no more than the chats that somebody is in or waits for. On one worker.
class ChatTurns {
 public:
  static constexpr std::size_t kMaxWaiting = 3;  // in one chat: each holds a place of its queue

  explicit ChatTurns(async::Worker& worker) : worker_(worker) {}

  // Waits for those before it. False: there are too many, or it was cancelled. Who is in leaves.
  async::Task<bool> enter(std::string chat, async::Cancellation& cancellation);
  void leave(const std::string& chat);

 private:
  async::Worker& worker_;
  // Of each chat that somebody is in: who waits, the first to be next.
  std::unordered_map<std::string, std::deque<async::Signal*>> waiting_;
};

}  // namespace gatehouse::channels::line
