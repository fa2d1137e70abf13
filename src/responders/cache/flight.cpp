#include "gatehouse/responders/cache/flight.hpp"

#include <algorithm>

#include "event_bytes.hpp"

namespace gatehouse::responders {

Flight::Flight(async::Worker& home, Deadline deadline)
    : home_(home),
      exchange_{.cancellation = cancellation_, .deadline = deadline},
      has_room_(home) {}

bool Flight::join(const std::shared_ptr<Follower>& follower) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return false;
  followers_.push_back(follower);
  return true;
}

void Flight::leave(const std::shared_ptr<Follower>& follower) {
  const std::lock_guard lock(mutex_);
  std::erase(followers_, follower);
  if (!followers_.empty() || outcome_) return;
  is_closed_ = true;
  home_.post([self = shared_from_this()] {
    self->cancellation_.cancel();
    self->has_room_.set();
  });
}

Flight::News Flight::take(Follower& follower) {
  News news;
  const std::lock_guard lock(mutex_);
  follower.is_told = false;
  news.is_behind = follower.next < first_;
  if (news.is_behind) return news;
  for (std::uint64_t at = follower.next - first_;
       at < events_.size() && news.events.size() < kEventsAtOnce; ++at)
    news.events.push_back(events_[at].event);
  follower.next += news.events.size();
  if (news.events.empty() && outcome_) news.outcome = &*outcome_;
  if (is_waiting_ && waiting_bytes() <= kMaxBufferedBytes) {
    is_waiting_ = false;
    home_.post([self = shared_from_this()] { self->has_room_.set(); });
  }
  return news;
}

void Flight::block() {
  const std::lock_guard lock(mutex_);
  is_blocked_ = true;
}

bool Flight::is_blocked() const {
  const std::lock_guard lock(mutex_);
  return is_blocked_;
}

std::uint64_t Flight::quickest() const {
  std::uint64_t most = first_;
  for (const auto& follower : followers_) most = std::max(most, follower->next);
  return most;
}

std::size_t Flight::waiting_bytes() const {
  std::size_t bytes = 0;
  for (std::uint64_t at = quickest() - first_; at < events_.size(); ++at)
    bytes += events_[at].bytes;
  return bytes;
}

void Flight::append(std::vector<chat::ReplyEvent>&& events) {
  const std::lock_guard lock(mutex_);
  for (auto& event : events) {
    const std::size_t bytes = bytes_of(event);
    bytes_ += bytes;
    events_.push_back({std::make_shared<const chat::ReplyEvent>(std::move(event)), bytes});
  }
  events.clear();
  while (bytes_ > kMaxBufferedBytes && first_ < quickest()) {
    is_closed_ = true;
    bytes_ -= events_.front().bytes;
    events_.pop_front();
    ++first_;
  }
  tell_all();
}

async::Task<void> Flight::wait_for_room() {
  while (!cancellation_.is_cancelled()) {
    has_room_.reset();
    {
      const std::lock_guard lock(mutex_);
      if (bytes_ <= kMaxBufferedBytes || waiting_bytes() <= kMaxBufferedBytes) co_return;
      is_waiting_ = true;
    }
    co_await has_room_.wait(exchange_.deadline);
    if (exchange_.deadline.has_passed(home_.now())) co_return;
  }
}

void Flight::end(Result<void> outcome) {
  const std::lock_guard lock(mutex_);
  outcome_.emplace(std::move(outcome));
  tell_all();
}

void Flight::tell(const std::shared_ptr<Follower>& follower) {
  if (std::exchange(follower->is_told, true)) return;
  if (&follower->worker == &home_) return follower->has_news.set();
  follower->worker.post([follower] { follower->has_news.set(); });
}

void Flight::tell_all() {
  for (const auto& follower : followers_) tell(follower);
}

}  // namespace gatehouse::responders
