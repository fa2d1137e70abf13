#include <gtest/gtest.h>

#include "gatehouse/store/memory/rate_table.hpp"

namespace gatehouse::store::memory {
namespace {

constexpr std::uint64_t kNowMs = 30'000'000'000;
constexpr std::uint32_t kHour = 3600;
constexpr guard::RateSeed kSeed{.low = 11, .high = 22};
constexpr std::size_t kBytes = 1 << 20;

guard::RateCharge charge(std::uint64_t key, std::uint32_t window_s, bool is_known = true) {
  return {.key = key,
          .parent_key = ~key,
          .limit = 10,
          .window_s = window_s,
          .cost = 1,
          .is_authenticated = is_known};
}

int admitted(RateTable& table, const guard::RateCharge& charge, std::uint64_t now_ms) {
  int count = 0;
  while (table.try_decide({&charge, 1}, now_ms).decision.is_admitted) ++count;
  return count;
}

TEST(RateSnapshot, LongWindowsGoOnAndShortOnesBeginAnew) {
  auto first = std::move(*RateTable::create(kBytes));
  for (int i = 0; i < 7; ++i) {
    const auto hour = charge(1, kHour);
    const auto minute = charge(2, 60);
    first->try_decide({&hour, 1}, kNowMs);
    first->try_decide({&minute, 1}, kNowMs);
  }
  const std::string saved = first->save(kSeed, kHour);
  auto second = std::move(*RateTable::create(kBytes));
  const auto restored = second->load(saved, kNowMs + 5000);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->lines, 1U);
  EXPECT_EQ(restored->seed.low, 11U);
  EXPECT_EQ(restored->seed.high, 22U);
  EXPECT_EQ(admitted(*second, charge(1, kHour), kNowMs + 5000), 3);
  EXPECT_EQ(admitted(*second, charge(2, 60), kNowMs + 5000), 10);
}

TEST(RateSnapshot, AStrangersFirstHitIsKeptToo) {
  auto first = std::move(*RateTable::create(kBytes));
  const auto stranger = charge(3, kHour, false);
  first->try_decide({&stranger, 1}, kNowMs);
  auto second = std::move(*RateTable::create(kBytes));
  ASSERT_TRUE(second->load(first->save(kSeed, kHour), kNowMs));
  EXPECT_EQ(admitted(*second, stranger, kNowMs), 9);
}

TEST(RateSnapshot, WhatHasPassedMeanwhileIsForgotten) {
  auto first = std::move(*RateTable::create(kBytes));
  EXPECT_EQ(admitted(*first, charge(1, kHour), kNowMs), 10);
  const std::string saved = first->save(kSeed, kHour);
  auto second = std::move(*RateTable::create(kBytes));
  const auto restored = second->load(saved, kNowMs + 2 * kHour * 1000);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->lines, 0U);
  EXPECT_EQ(admitted(*second, charge(1, kHour), kNowMs + 2 * kHour * 1000), 10);
}

TEST(RateSnapshot, AClockThatWasSetBackNeverAdmitsMore) {
  auto first = std::move(*RateTable::create(kBytes));
  EXPECT_EQ(admitted(*first, charge(1, kHour), kNowMs), 10);
  auto second = std::move(*RateTable::create(kBytes));
  ASSERT_TRUE(second->load(first->save(kSeed, kHour), kNowMs - 600'000));
  EXPECT_EQ(admitted(*second, charge(1, kHour), kNowMs - 600'000), 0);
}

TEST(RateSnapshot, RefusesWhatIsNoneOrOfAnotherSize) {
  auto table = std::move(*RateTable::create(kBytes));
  const std::string saved = table->save(kSeed, kHour);
  auto other = std::move(*RateTable::create(2 * kBytes));
  EXPECT_FALSE(other->load(saved, kNowMs));
  EXPECT_FALSE(table->load("", kNowMs));
  EXPECT_FALSE(table->load(saved.substr(1), kNowMs));
  EXPECT_FALSE(table->load(saved + "x", kNowMs));
}

}  // namespace
}  // namespace gatehouse::store::memory
