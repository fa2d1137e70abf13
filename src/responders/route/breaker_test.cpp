#include "gatehouse/responders/route/breaker.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::responders {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class BreakerTest : public ::testing::Test {
 protected:
  bool call(CallOutcome outcome, Duration retry_after = {}) {
    const auto permit = breaker_.enter(clock_.now());
    if (!permit) return false;
    breaker_.leave(*permit, outcome, clock_.now(), retry_after);
    return true;
  }
  void fail(int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(call(CallOutcome::kFailed));
  }
  Breaker::State state() const { return breaker_.state(clock_.now()); }

  FakeClock clock_;
  SecureRandom random_;
  Breaker breaker_{{}, random_};
};

TEST_F(BreakerTest, OpensAfterFiveFailuresInARow) {
  fail(4);
  ASSERT_TRUE(call(CallOutcome::kAnswered));
  fail(4);
  EXPECT_EQ(state(), Breaker::State::kClosed);
  fail(1);
  EXPECT_EQ(state(), Breaker::State::kOpen);
  EXPECT_FALSE(call(CallOutcome::kAnswered));
  EXPECT_GT(breaker_.wait(clock_.now()), seconds(3));
  EXPECT_LE(breaker_.wait(clock_.now()), seconds(5));
}

TEST_F(BreakerTest, OpensWhenHalfOfTenCallsFailWithinTenSeconds) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(call(CallOutcome::kAnswered));
    EXPECT_EQ(state(), Breaker::State::kClosed);
    ASSERT_TRUE(call(CallOutcome::kFailed));
    clock_.advance(seconds(1));
  }
  EXPECT_EQ(state(), Breaker::State::kOpen);
}

TEST_F(BreakerTest, ForgetsWhatIsTenSecondsAgo) {
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(call(CallOutcome::kFailed));
    ASSERT_TRUE(call(CallOutcome::kAnswered));
    clock_.advance(milliseconds(2500));
  }
  EXPECT_EQ(state(), Breaker::State::kClosed);
}

TEST_F(BreakerTest, TakesNoNoticeOfClientsThatLeave) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(call(CallOutcome::kNoVerdict));
  EXPECT_EQ(state(), Breaker::State::kClosed);
}

TEST_F(BreakerTest, LetsOneTryAfterThePauseAndClosesAfterThree) {
  fail(5);
  clock_.advance(seconds(5));
  const auto probe = breaker_.enter(clock_.now());
  ASSERT_TRUE(probe);
  EXPECT_FALSE(breaker_.enter(clock_.now()));
  breaker_.leave(*probe, CallOutcome::kAnswered, clock_.now());
  ASSERT_TRUE(call(CallOutcome::kAnswered));
  EXPECT_EQ(state(), Breaker::State::kHalfOpen);
  ASSERT_TRUE(call(CallOutcome::kAnswered));
  EXPECT_EQ(state(), Breaker::State::kClosed);
}

TEST_F(BreakerTest, WaitsTwiceAsLongWhenTheTryFails) {
  fail(5);
  for (const int pause : {10, 20, 40, 80, 160, 300, 300}) {
    clock_.advance(breaker_.wait(clock_.now()));
    ASSERT_TRUE(call(CallOutcome::kFailed));
    EXPECT_GE(breaker_.wait(clock_.now()), seconds(pause) * 4 / 5);
    EXPECT_LE(breaker_.wait(clock_.now()), seconds(pause));
  }
}

TEST_F(BreakerTest, ForgetsATryThatNeverReports) {
  fail(5);
  clock_.advance(seconds(5));
  const auto lost = breaker_.enter(clock_.now());
  ASSERT_TRUE(lost);
  clock_.advance(seconds(59));
  EXPECT_FALSE(breaker_.enter(clock_.now()));
  clock_.advance(seconds(1));
  EXPECT_TRUE(breaker_.enter(clock_.now()));
}

TEST_F(BreakerTest, HearsNothingFromBeforeItOpened) {
  std::vector<Breaker::Permit> late;
  for (int i = 0; i < 20; ++i) late.push_back(*breaker_.enter(clock_.now()));
  fail(5);
  for (const auto& permit : late) {
    breaker_.leave(permit, CallOutcome::kAnswered, clock_.now());
    breaker_.leave(permit, CallOutcome::kFailed, clock_.now());
  }
  EXPECT_EQ(state(), Breaker::State::kOpen);
  EXPECT_LE(breaker_.wait(clock_.now()), seconds(5));
}

TEST_F(BreakerTest, CoolsAsLongAsItIsAskedToButAMinuteAtMost) {
  ASSERT_TRUE(call(CallOutcome::kLimited, seconds(7)));
  EXPECT_EQ(breaker_.wait(clock_.now()), seconds(7));
  EXPECT_FALSE(breaker_.enter(clock_.now()));
  clock_.advance(seconds(7));
  ASSERT_TRUE(call(CallOutcome::kLimited, seconds(100'000)));
  EXPECT_EQ(breaker_.wait(clock_.now()), seconds(60));
  clock_.advance(seconds(60));
  ASSERT_TRUE(call(CallOutcome::kLimited));
  EXPECT_EQ(breaker_.wait(clock_.now()), seconds(1));
  EXPECT_EQ(state(), Breaker::State::kClosed);
}

TEST_F(BreakerTest, NeverOpensWhereItIsOff) {
  Breaker off({.failures_in_a_row = 0}, random_);
  for (int i = 0; i < 50; ++i) {
    const auto permit = off.enter(clock_.now());
    ASSERT_TRUE(permit);
    off.leave(*permit, i % 2 == 0 ? CallOutcome::kFailed : CallOutcome::kLimited, clock_.now());
  }
}

// Whatever happens in whatever order: once a backend is well again, it is asked again.
TEST_F(BreakerTest, IsNeverStuck) {
  std::vector<Breaker::Permit> open;
  for (int schedule = 0; schedule < 2000; ++schedule) {
    for (int step = 0; step < 50; ++step) {
      switch (random_.below(4)) {
        case 0:
          if (const auto permit = breaker_.enter(clock_.now())) open.push_back(*permit);
          break;
        case 1:
          if (open.empty()) break;
          breaker_.leave(open.back(), static_cast<CallOutcome>(random_.below(4)), clock_.now(),
                         seconds(random_.below(100)));
          open.pop_back();
          break;
        case 2:
          if (!open.empty()) open.pop_back();  // never reports
          break;
        default:
          clock_.advance(milliseconds(random_.below(20'000)));
      }
    }
    open.clear();
    clock_.advance(std::chrono::minutes(6));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(call(CallOutcome::kAnswered));
    ASSERT_EQ(state(), Breaker::State::kClosed);
  }
}

}  // namespace
}  // namespace gatehouse::responders
