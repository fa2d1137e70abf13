#include "gatehouse/async/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace gatehouse::async {

void Timer::disarm() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = previous_ = nullptr;
}

TimerWheel::TimerWheel(TimePoint start) : start_(start), slots_(kSlots) {
  for (auto& head : slots_) {
    Timer& timer = head;
    timer.next_ = timer.previous_ = &timer;
  }
}

TimerWheel::~TimerWheel() {
  for (auto& head : slots_) {
    Timer& list = head;
    while (list.next_ != &list) list.next_->disarm();
    list.next_ = list.previous_ = nullptr;
  }
}

std::uint64_t TimerWheel::tick_of(TimePoint when) const {
  if (when <= start_) return 0;
  return static_cast<std::uint64_t>((when - start_ + kTick - Duration(1)) /
                                    kTick);  // up: never early
}

void TimerWheel::link(Timer& timer, Timer& head) {
  timer.next_ = &head;
  timer.previous_ = head.previous_;
  head.previous_->next_ = &timer;
  head.previous_ = &timer;
}

void TimerWheel::arm(Timer& timer, TimePoint when) {
  timer.disarm();
  timer.due_tick_ = std::max(tick_of(when), done_tick_ + 1);
  const std::size_t slot = timer.due_tick_ % kSlots;
  link(timer, slots_[slot]);
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void TimerWheel::run_until(TimePoint now) {
  if (now < start_) return;
  const auto now_tick = static_cast<std::uint64_t>((now - start_) / kTick);
  if (now_tick <= done_tick_) return;
  // After a long pause one turn of the wheel visits every slot; more would visit them again.
  const std::uint64_t first =
      std::max(done_tick_ + 1, now_tick >= kSlots ? now_tick - kSlots + 1 : 0);
  done_tick_ = now_tick;
  for (std::uint64_t tick = first; tick <= now_tick; ++tick) run_slot(tick);
}

void TimerWheel::run_slot(std::uint64_t tick) {
  const std::size_t slot = tick % kSlots;
  const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
  if ((occupied_[slot / 64] & bit) == 0) return;
  Timer& head = slots_[slot];
  // The due ones move to a list of their own first: what they do may arm and disarm others in this
  // slot.
  Head due;
  Timer& due_list = due;
  due_list.next_ = due_list.previous_ = &due_list;
  for (Timer* timer = head.next_; timer != &head;) {
    Timer* const next = timer->next_;
    if (timer->due_tick_ <= done_tick_) {
      timer->disarm();
      link(*timer, due_list);
    }
    timer = next;
  }
  if (head.next_ == &head) occupied_[slot / 64] &= ~bit;
  while (due_list.next_ != &due_list) {
    Timer& timer = *due_list.next_;
    timer.disarm();
    timer.expired();
  }
  due_list.next_ = due_list.previous_ = nullptr;
}

std::optional<Duration> TimerWheel::next_wait(TimePoint now) const {
  // Walk the bitmap from the next tick on, 64 slots at a time, once around.
  const std::size_t first = (done_tick_ + 1) % kSlots;
  for (std::size_t walked = 0; walked < kSlots + 64;) {
    const std::size_t slot = (first + walked) % kSlots;
    const std::uint64_t word = occupied_[slot / 64] >> (slot % 64);
    if (word != 0) {
      const auto ahead = walked + static_cast<std::size_t>(std::countr_zero(word));
      const TimePoint when = start_ + kTick * static_cast<std::int64_t>(done_tick_ + 1 + ahead);
      return when > now ? when - now : Duration(0);
    }
    walked += 64 - slot % 64;
  }
  return std::nullopt;
}

}  // namespace gatehouse::async
