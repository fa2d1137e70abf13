// One question under way for all who have asked it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/signal.hpp"
#include "gatehouse/chat/responder.hpp"

namespace gatehouse::responders {

// Who listens to a flight, on a worker of his own.
struct Follower {
  explicit Follower(async::Worker& home) : worker(home), has_news(home) {}
  async::Worker& worker;
  async::Signal has_news;
  std::uint64_t next = 0;  // of the flight's events; guarded by the flight
  bool is_told = false;    // the same: has_news is set, or on its way
};

// The events of an answer that is being given, from its first one on. It runs on the worker of who
// asked first and outlives his leaving; when the last one leaves it is cancelled. Each follower
// reads at his own pace. Only where more waits for the quickest than kMaxBufferedBytes does the
// backend wait, too; who is as far behind him is left. Shared; safe from any thread but where it
// says otherwise.
class Flight final : public std::enable_shared_from_this<Flight> {
 public:
  static constexpr std::size_t kMaxBufferedBytes = 1024 * 1024;
  static constexpr std::size_t kEventsAtOnce = 64;
  using Event = std::shared_ptr<const chat::ReplyEvent>;

  Flight(async::Worker& home, Deadline deadline);

  // Hears all of it from its beginning. False: nobody can any more.
  bool join(const std::shared_ptr<Follower>& follower);
  void leave(const std::shared_ptr<Follower>& follower);
  struct News {
    std::vector<Event> events;
    bool is_behind = false;                 // some are gone; leave
    const Result<void>* outcome = nullptr;  // after the last event
  };
  News take(Follower& follower);
  // The guard has stopped it for somebody: it isn't kept then.
  void block();
  bool is_blocked() const;

  // These on its own worker only.
  void append(std::vector<chat::ReplyEvent>&& events);
  // Returns when there is room for more, or when it is cancelled.
  async::Task<void> wait_for_room();
  void end(Result<void> outcome);
  chat::Exchange& exchange() { return exchange_; }

 private:
  std::uint64_t quickest() const;  // the next event of him who has read most
  std::size_t waiting_bytes() const;
  void tell(const std::shared_ptr<Follower>& follower);
  void tell_all();

  async::Worker& home_;
  async::Cancellation cancellation_;
  chat::Exchange exchange_;
  async::Signal has_room_;
  mutable std::mutex mutex_;
  struct Kept {
    Event event;
    std::size_t bytes = 0;
  };
  std::deque<Kept> events_;
  std::uint64_t first_ = 0;  // the number of the first of them
  std::size_t bytes_ = 0;
  std::vector<std::shared_ptr<Follower>> followers_;
  std::optional<Result<void>> outcome_;
  bool is_closed_ = false;  // to those who come late
  bool is_waiting_ = false;
  bool is_blocked_ = false;
};

}  // namespace gatehouse::responders
