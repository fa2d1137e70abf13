#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "gatehouse/guard/message_guards.hpp"

namespace gatehouse::guard {
namespace {

using std::chrono::milliseconds;

class CadenceGuardTest : public testing::Test {
 protected:
  // A message that comes so long after the one before.
  Verdict after(milliseconds gap, std::size_t characters, std::string_view sender = "s") {
    clock_.advance(gap);
    const std::string text(characters, 'x');
    return guard_->check({.text = text, .sender = sender}, policy_);
  }
  // Which of many messages is the first that is noticed; 0: none.
  template <typename Gap>
  unsigned first_noticed(unsigned messages, std::size_t characters, Gap gap) {
    for (unsigned i = 1; i <= messages; ++i) {
      if (after(gap(), characters).action != Action::kAllow) return i;
    }
    return 0;
  }

  FakeClock clock_;
  CadenceTable table_{3};
  Policy policy_;
  std::unique_ptr<MessageGuard> guard_ = make_cadence_guard(table_, clock_);
  std::mt19937 random_{11};  // NOLINT: the same run each time
};

TEST_F(CadenceGuardTest, NoticesTheEighthMessageOfAProgramWithATimer) {
  std::uniform_int_distribution<int> jitter(-90, 90);
  EXPECT_EQ(first_noticed(20, 10, [&] { return milliseconds(5000 + jitter(random_)); }), 8U);
  const auto verdict = after(milliseconds(5000), 10);
  EXPECT_EQ(verdict.action, Action::kFlag);
  EXPECT_EQ(verdict.rule, "bot.cadence");
  EXPECT_EQ(after(milliseconds(9000), 10).action, Action::kAllow);
}

TEST_F(CadenceGuardTest, NoticesWhoIsFasterThanTyping) {
  EXPECT_EQ(first_noticed(20, 60, [] { return milliseconds(2000); }), 6U);
  EXPECT_EQ(after(milliseconds(2000), 60).action, Action::kFlag);
  EXPECT_EQ(after(milliseconds(2401), 60).action, Action::kAllow) << "one that could be typed";
}

TEST_F(CadenceGuardTest, CountsCharactersNotBytes) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "訊";
  for (int i = 0; i < 20; ++i) {
    clock_.advance(milliseconds(1700 + i * 100));
    EXPECT_EQ(guard_->check({.text = text, .sender = "s"}, policy_).action, Action::kAllow) << i;
  }
}

TEST_F(CadenceGuardTest, LeavesPeopleWhoTypeReadAndPauseAlone) {
  std::lognormal_distribution<double> seconds_to_think(1.6, 0.9);
  std::uniform_real_distribution<double> speed(1.0, 13.0);
  std::uniform_int_distribution<std::size_t> characters(1, 300);
  for (int person = 0; person < 2000; ++person) {
    const std::string sender = "person " + std::to_string(person);
    const double own_speed = speed(random_);
    for (int i = 0; i < 40; ++i) {
      const std::size_t length = characters(random_);
      const double seconds = seconds_to_think(random_) + static_cast<double>(length) / own_speed;
      const auto gap = milliseconds(static_cast<std::int64_t>(seconds * 1000));
      ASSERT_EQ(after(gap, length, sender).action, Action::kAllow) << person << " " << i;
    }
  }
}

TEST_F(CadenceGuardTest, LeavesPastingAndClickingAlone) {
  std::uniform_int_distribution<int> gap(700, 9000);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(after(milliseconds(gap(random_)), 9000, "pastes").action, Action::kAllow) << i;
    ASSERT_EQ(after(milliseconds(gap(random_)), 2, "clicks").action, Action::kAllow) << i;
  }
  for (int i = 0; i < 50; ++i) {  // a quick suggestion now and then
    ASSERT_EQ(after(milliseconds(900 + 37 * i), 40, "both").action, Action::kAllow) << i;
    ASSERT_EQ(after(milliseconds(6000 + 53 * i), 40, "both").action, Action::kAllow) << i;
  }
}

TEST_F(CadenceGuardTest, BeginsAnewAfterAPause) {
  for (int i = 0; i < 5; ++i) after(milliseconds(100), 60);
  EXPECT_EQ(after(std::chrono::minutes(15), 60).action, Action::kAllow);
  EXPECT_EQ(after(milliseconds(100), 60).action, Action::kAllow);
}

TEST_F(CadenceGuardTest, DoesWhatThePolicySays) {
  const auto fast = [&] {
    Verdict last;
    for (int i = 0; i < 8; ++i) last = after(milliseconds(100), 60);
    return last.action;
  };
  policy_.bots = BotPolicy::kOff;
  EXPECT_EQ(fast(), Action::kAllow);
  policy_.bots = BotPolicy::kFlag;
  EXPECT_EQ(fast(), Action::kFlag);
  EXPECT_FALSE(table_.owes_work("s"));
  policy_.bots = BotPolicy::kDeny;
  EXPECT_EQ(fast(), Action::kDeny);
  policy_.enforces = false;
  EXPECT_EQ(fast(), Action::kFlag);
  policy_.bots = BotPolicy::kChallenge;
  EXPECT_EQ(fast(), Action::kFlag);
  EXPECT_TRUE(table_.owes_work("s"));
  EXPECT_FALSE(table_.owes_work("t"));
  table_.settle("s");
  EXPECT_FALSE(table_.owes_work("s"));
  EXPECT_EQ(after(milliseconds(100), 60).action, Action::kAllow);
}

TEST_F(CadenceGuardTest, KnowsNobodyWithoutAName) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(after(milliseconds(10), 60, "").action, Action::kAllow);
}

TEST(CadenceTable, HoldsFromSeveralThreads) {
  CadenceTable table(5);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) table.add("one", 60, TimePoint(milliseconds(1000 + i)));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(table.add("one", 60, TimePoint(milliseconds(2500))), Cadence::kFast);
}

}  // namespace
}  // namespace gatehouse::guard
