// The live events of one conversation: a bounded history and those who follow it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/chat/conversations.hpp"
#include "gatehouse/chat/subscription.hpp"

namespace gatehouse::chat {

// Lives on the worker that the conversation belongs to. Events get consecutive offsets; the history
// keeps the latest, so that a reader goes on where it stopped or is told that it can't.
class ConversationStream {
 public:
  struct Limits {
    std::size_t history_events = 2000;
    std::size_t history_bytes = 1024 * 1024;
    std::size_t subscribers = 64;
  };

  ConversationStream(async::Worker& worker, Owner owner, std::string epoch, Limits limits)
      : worker_(worker), owner_(std::move(owner)), epoch_(std::move(epoch)), limits_(limits) {}

  const Owner& owner() const { return owner_; }
  const std::string& epoch() const { return epoch_; }
  std::uint64_t last_offset() const { return next_offset_ - 1; }
  StreamPosition position() const { return {epoch_, last_offset()}; }

  void append(StreamItem item);
  // Joins behind `after`, or behind `otherwise_after` if there is none. Where events in between are
  // gone the subscription begins at the end with a reset. kUnavailable when too many follow
  // already.
  Result<void> join(const std::shared_ptr<Subscription>& subscription,
                    const std::optional<StreamPosition>& after, std::uint64_t otherwise_after);
  // Gives `items` to a subscription that follows nothing else.
  void show_once(const std::shared_ptr<Subscription>& subscription,
                 std::vector<StreamItem> items) const;
  void leave(const std::shared_ptr<Subscription>& subscription);
  bool has_followers() const { return !subscribers_.empty(); }
  void end_all();

  TimePoint last_used{};

 private:
  void hand_over(const std::shared_ptr<Subscription>& subscription,
                 std::vector<SharedItem> items) const;

  async::Worker& worker_;
  const Owner owner_;
  const std::string epoch_;
  const Limits limits_;
  std::deque<SharedItem> history_;
  std::size_t history_bytes_ = 0;
  std::uint64_t next_offset_ = 1;
  std::vector<std::shared_ptr<Subscription>> subscribers_;
};

}  // namespace gatehouse::chat
