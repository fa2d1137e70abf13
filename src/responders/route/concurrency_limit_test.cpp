#include "gatehouse/responders/route/concurrency_limit.hpp"

#include <gtest/gtest.h>

namespace gatehouse::responders {
namespace {

using std::chrono::milliseconds;

constexpr ConcurrencySettings kSettings{.first = 20, .least = 4, .most = 30};

// Answers that all run at once, as many as may; each first piece comes after `waited`.
void answer(ConcurrencyLimit& limit, int times, Duration waited, std::uint64_t prompt_tokens = 0) {
  unsigned entered = 0;
  while (limit.enter()) ++entered;
  for (int i = 0; i < times; ++i) limit.note_first_piece(waited, prompt_tokens);
  for (; entered > 0; --entered) limit.leave();
}

TEST(ConcurrencyLimit, LetsInAsManyAsItSaysAndAgainWhenTheyLeave) {
  ConcurrencyLimit limit(kSettings);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(limit.enter());
  EXPECT_FALSE(limit.enter());
  limit.leave();
  EXPECT_TRUE(limit.enter());
}

TEST(ConcurrencyLimit, KeepsAShareForThoseWhoComeFirst) {
  ConcurrencyLimit limit(kSettings);
  unsigned entered = 0;
  while (limit.enter(90)) ++entered;
  EXPECT_EQ(entered, 18U);
  EXPECT_TRUE(limit.enter(100));
}

TEST(ConcurrencyLimit, SinksWhileFirstPiecesComeLaterThanUsual) {
  ConcurrencyLimit limit(kSettings);
  answer(limit, 1, milliseconds(1000));
  answer(limit, 30, milliseconds(5000));
  EXPECT_LT(limit.limit(), 15U);
  for (int i = 0; i < 30; ++i) limit.note_overload();
  EXPECT_EQ(limit.limit(), 4U) << "but never to nothing";
}

TEST(ConcurrencyLimit, RisesWhileItIsInUseAndNothingIsSlow) {
  ConcurrencyLimit limit(kSettings);
  answer(limit, 200, milliseconds(1000));
  EXPECT_EQ(limit.limit(), 30U);
}

TEST(ConcurrencyLimit, DoesNotRiseWithoutNeed) {
  ConcurrencyLimit limit(kSettings);
  for (int i = 0; i < 200; ++i) limit.note_first_piece(milliseconds(1000), 0);
  EXPECT_EQ(limit.limit(), 20U);
}

TEST(ConcurrencyLimit, TakesABusyMachineForNoSlowBackend) {
  ConcurrencyLimit limit(kSettings);
  answer(limit, 50, milliseconds(1));
  answer(limit, 200, milliseconds(120));
  EXPECT_EQ(limit.limit(), 30U);
}

TEST(ConcurrencyLimit, SeesALongPromptForWhatItIs) {
  ConcurrencyLimit limit(kSettings);
  answer(limit, 20, milliseconds(1000), 0);
  answer(limit, 20, milliseconds(5000), 8000);
  EXPECT_EQ(limit.limit(), 30U);
}

}  // namespace
}  // namespace gatehouse::responders
