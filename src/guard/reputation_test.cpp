#include "gatehouse/guard/reputation.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace gatehouse::guard {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{std::chrono::hours(1000)};
constexpr std::uint64_t kKey = 0x123456789ABCDEF0;

TEST(ReputationTable, AddsUpAndHalvesInHalfAnHour) {
  ReputationTable table(kStart);
  EXPECT_EQ(table.score(kKey, kStart), 0U);
  EXPECT_EQ(table.add(kKey, 300, kStart), 300U);
  EXPECT_EQ(table.add(kKey, 100, kStart), 400U);
  EXPECT_EQ(table.score(kKey, kStart + 30min), 200U);
  EXPECT_EQ(table.score(kKey, kStart + 60min), 100U);
  EXPECT_EQ(table.add(kKey, 50, kStart + 60min), 150U);
}

TEST(ReputationTable, StaysBetweenZeroAndItsGreatest) {
  ReputationTable table(kStart);
  EXPECT_EQ(table.add(kKey, 5000, kStart), ReputationTable::kGreatest);
  EXPECT_EQ(table.add(kKey, -5000, kStart), 0U);
}

TEST(ReputationTable, KeepsTheWorstWhenASetIsFull) {
  ReputationTable table(kStart, 64);  // one set
  table.add(kKey, 900, kStart);
  for (std::uint64_t i = 1; i < 1000; ++i) table.add(i << 42, 10, kStart);
  EXPECT_EQ(table.score(kKey, kStart), 900U);
}

TEST(ReputationTable, TellsKeysOfOneSetApart) {
  ReputationTable table(kStart, 64);
  for (std::uint64_t i = 1; i <= 8; ++i) table.add(i << 42, static_cast<int>(i) * 10, kStart);
  for (std::uint64_t i = 1; i <= 8; ++i) EXPECT_EQ(table.score(i << 42, kStart), i * 10);
}

TEST(ReputationTable, LosesNothingBetweenThreads) {
  ReputationTable table(kStart);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) table.add(kKey, 1, kStart);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(table.score(kKey, kStart), 400U);
}

}  // namespace
}  // namespace gatehouse::guard
