#include "gatehouse/async/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>

namespace gatehouse::async {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Recorder final : public Timer {
 public:
  explicit Recorder(std::function<void()> action) : action_(std::move(action)) {}

 private:
  void expired() override { action_(); }
  std::function<void()> action_;
};

TEST(TimerWheel, FiresNeverEarlyAndAtMostATickLate) {
  const TimePoint start{hours(5)};
  TimerWheel wheel(start);
  std::mt19937 random(7);  // a fixed seed: the test repeats itself
  TimePoint now = start;
  std::vector<std::unique_ptr<Recorder>> timers;
  int fired = 0;
  for (int i = 0; i < 2000; ++i) {
    const TimePoint when = start + milliseconds(random() % 100'000);
    timers.push_back(std::make_unique<Recorder>([&, when] {
      ++fired;
      EXPECT_GE(now, when);
      EXPECT_LE(now - when, TimerWheel::kTick + milliseconds(1));
    }));
    wheel.arm(*timers.back(), when);
  }
  while (now < start + seconds(101)) {
    now += milliseconds(1);
    wheel.run_until(now);
  }
  EXPECT_EQ(fired, 2000);
  EXPECT_FALSE(wheel.next_wait(now).has_value());
}

TEST(TimerWheel, CatchesUpAfterALongPause) {
  const TimePoint start{hours(5)};
  TimerWheel wheel(start);
  int fired = 0;
  Recorder soon([&] { ++fired; });
  Recorder late([&] { ++fired; });
  Recorder later([&] { ++fired; });
  wheel.arm(soon, start + milliseconds(10));
  wheel.arm(late, start + seconds(40));
  wheel.arm(later, start + hours(2));
  wheel.run_until(start + hours(1));
  EXPECT_EQ(fired, 2);
  EXPECT_TRUE(later.is_armed());
  wheel.run_until(start + hours(2) + milliseconds(4));
  EXPECT_EQ(fired, 3);
}

TEST(TimerWheel, WaitsUntilTheNextSlot) {
  const TimePoint start{hours(5)};
  TimerWheel wheel(start);
  EXPECT_FALSE(wheel.next_wait(start).has_value());
  Recorder timer([] {});
  wheel.arm(timer, start + milliseconds(100));
  EXPECT_EQ(wheel.next_wait(start), milliseconds(100));
  EXPECT_EQ(wheel.next_wait(start + milliseconds(40)), milliseconds(60));
  timer.disarm();
  wheel.run_until(start + milliseconds(101));
  EXPECT_FALSE(wheel.next_wait(start + milliseconds(101)).has_value());
}

TEST(TimerWheel, LetsAnExpiringTimerTouchOthersOfItsSlot) {
  const TimePoint start{hours(5)};
  TimerWheel wheel(start);
  int fired = 0;
  std::unique_ptr<Recorder> second = std::make_unique<Recorder>([&] { fired += 100; });
  Recorder first([&] {
    ++fired;
    second.reset();
  });
  wheel.arm(first, start + milliseconds(8));
  wheel.arm(*second, start + milliseconds(8));
  wheel.run_until(start + milliseconds(20));
  EXPECT_EQ(fired, 1);
}

}  // namespace
}  // namespace gatehouse::async
