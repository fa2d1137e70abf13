// Deadlines of one worker: arming and disarming cost a few pointer writes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::async {

// Something that happens at an instant unless it is disarmed. Lives where its owner lives (mostly
// in a coroutine frame) and must be disarmed before it dies; its destructor does so.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool is_armed() const { return next_ != nullptr; }

 protected:
  ~Timer() { disarm(); }

 public:
  void disarm();

 private:
  friend class TimerWheel;
  virtual void expired() = 0;  // on the worker; the timer is already disarmed

  Timer* next_ = nullptr;
  Timer* previous_ = nullptr;
  std::uint64_t due_tick_ = 0;
};

// A hashed wheel of 4,096 slots of 4 ms. Later deadlines share the slots and are passed over until
// their round comes. A timer fires up to 4 ms late and never early. One thread only.
class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(4);

  explicit TimerWheel(TimePoint start);
  ~TimerWheel();

  void arm(Timer& timer, TimePoint when);
  void run_until(TimePoint now);
  // How long the loop may sleep: until the next slot that holds something; nullopt if none does.
  std::optional<Duration> next_wait(TimePoint now) const;

 private:
  static constexpr std::size_t kSlots = 4096;
  struct Head final : Timer {
    void expired() override {}
  };

  std::uint64_t tick_of(TimePoint when) const;
  void run_slot(std::uint64_t tick);
  void link(Timer& timer, Timer& head);

  TimePoint start_;
  std::uint64_t done_tick_ = 0;  // every tick up to here has been run
  std::vector<Head> slots_;
  std::array<std::uint64_t, kSlots / 64>
      occupied_{};  // a hint: set when armed, cleared when found empty
};

}  // namespace gatehouse::async
