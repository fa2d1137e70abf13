#include "rate_cell.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace gatehouse::store::memory {
namespace {

// A line holds what a plain map of segments holds, however it is moved.
TEST(RateCell, HoldsWhatAMapOfSegmentsHolds) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    RateCell cell{};
    std::map<std::uint32_t, std::uint32_t> expected;
    std::uint32_t segment = static_cast<std::uint32_t>(random() % 4'000'000'000);
    cell.begin(60, segment);
    for (int step = 0; step < 200; ++step) {
      const std::uint32_t jump = random() % 8 == 0 ? 40 : 4;
      segment += static_cast<std::uint32_t>(random() % jump);
      cell.advance(segment);
      const auto cost = static_cast<std::uint32_t>(random() % (round % 2 == 0 ? 3 : 80'000));
      cell.add(cost);
      expected[segment] += cost;
      std::erase_if(expected, [&](const auto& entry) { return segment - entry.first > 16; });
      std::uint32_t total = 0;
      if (cell.total() == 0) ASSERT_EQ(cell.oldest(), segment);
      for (const auto& [at, count] : expected) {
        if (count == 0) continue;
        if (total == 0) ASSERT_EQ(cell.oldest(), at);
        for (const std::uint32_t amount : {total + 1, total + count}) {
          ASSERT_EQ(cell.last_to_leave(amount), at);
        }
        total += count;
      }
      ASSERT_EQ(cell.total(), total);
      ASSERT_EQ(cell.newest(), segment);
    }
  }
}

TEST(RateCell, SettlesASegmentAndNoOther) {
  RateCell cell{};
  cell.begin(60, 100);
  cell.add(10);
  cell.advance(104);
  cell.add(7);
  cell.settle(100, 10, 4);
  EXPECT_EQ(cell.total(), 11U);
  cell.settle(104, 7, 20);
  EXPECT_EQ(cell.total(), 24U);
  cell.settle(100, 4, 0);
  EXPECT_EQ(cell.oldest(), 104U);
  cell.settle(100, 5, 0);  // never below nothing
  cell.settle(105, 5, 9);  // never of the future
  cell.settle(87, 5, 9);   // never of what has left
  EXPECT_EQ(cell.total(), 20U);
  cell.settle(103, 0, UINT32_MAX);
  EXPECT_EQ(cell.total(), kMaxCount);
  cell.advance(120);
  EXPECT_EQ(cell.total(), 20U);
}

TEST(RateCell, NeverMovesBack) {
  RateCell cell{};
  cell.begin(60, 100);
  cell.add(3);
  cell.advance(90);
  EXPECT_EQ(cell.newest(), 100U);
  cell.add_at(95, 2);
  EXPECT_EQ(cell.total(), 5U);
  cell.advance(112);
  EXPECT_EQ(cell.total(), 3U);
  cell.advance(117);
  EXPECT_EQ(cell.total(), 0U);
}

TEST(RateCell, ZeroBytesAreAFreeLine) {
  const RateCell cell{};
  EXPECT_EQ(cell.window_s(), 0U);
  EXPECT_EQ(cell.total(), 0U);
}

TEST(SegmentClock, CoversTheWindowAndASixteenth) {
  for (const std::uint32_t window_s : {1U, 7U, 60U, 3600U, 86400U, 8'388'607U}) {
    const std::uint64_t window_ms = std::uint64_t{window_s} * 1000;
    for (const std::uint64_t spent_ms : {3'600'000'000ULL, 3'600'000'001ULL, 7'777'777'777ULL}) {
      const std::uint32_t segment = SegmentClock(spent_ms, window_s).now();
      EXPECT_TRUE(SegmentClock(spent_ms + window_ms, window_s).is_counted(segment));
      EXPECT_FALSE(
          SegmentClock(spent_ms + (window_ms * 17 + 15) / 16, window_s).is_counted(segment));
      const std::uint64_t leaves_ms = SegmentClock(spent_ms, window_s).leaves_at_ms(segment);
      EXPECT_TRUE(SegmentClock(leaves_ms - 1, window_s).is_counted(segment));
      EXPECT_FALSE(SegmentClock(leaves_ms, window_s).is_counted(segment));
      // The same, told from another instant.
      EXPECT_EQ(SegmentClock(leaves_ms - 1, window_s).leaves_at_ms(segment), leaves_ms);
    }
  }
}

}  // namespace
}  // namespace gatehouse::store::memory
