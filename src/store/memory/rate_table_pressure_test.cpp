// A table too small for its keys: it may refuse early, and must never admit more or forget.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <random>

#include "gatehouse/guard/testing/rate_log.hpp"
#include "gatehouse/store/memory/rate_table.hpp"

namespace gatehouse::store::memory {
namespace {

using guard::RateCharge;
using guard::RateDecision;
using guard::testing::RateLog;

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif
constexpr int kSlowdown = kIsSanitized ? 8 : 1;  // so many fewer rounds take as long

constexpr std::uint64_t kStartMs = 3'600'000'000;

std::unique_ptr<RateTable> make_table(std::size_t bytes) {
  return std::move(*RateTable::create(bytes));
}

RateCharge charge(std::uint64_t key, std::uint32_t limit, std::uint32_t window_s) {
  return {.key = key,
          .parent_key = ~(key >> 8),
          .limit = limit,
          .window_s = window_s,
          .cost = 1,
          .is_authenticated = false};
}

bool admits(RateTable& table, const RateCharge& charge, std::uint64_t now_ms) {
  return table.try_decide(std::span(&charge, 1), now_ms).decision.is_admitted;
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(RateTable, RefusesToBeTooSmall) {
  EXPECT_FALSE(RateTable::create(1023).has_value());
  EXPECT_TRUE(RateTable::create(1024).has_value());
}

TEST(RateTable, AKeyWithoutRoomIsChargedToItsParentAndTakesTheCountsAlong) {
  const auto table = make_table(1024);  // one set: 12 first hits, 8 lines for strangers
  std::uint64_t now_ms = kStartMs;
  for (std::uint64_t key = 1; key <= 20; ++key)
    ASSERT_TRUE(admits(*table, charge(key, 9, 1), now_ms));
  const RateCharge late = charge(1000, 5, 60);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(admits(*table, late, now_ms));
  EXPECT_EQ(table->spilled_charges(), 3U);
  now_ms += 2'000;  // the others are out of their window: there is room again
  ASSERT_TRUE(admits(*table, late, now_ms));
  ASSERT_TRUE(admits(*table, late, now_ms));
  EXPECT_EQ(table->spilled_charges(), 3U);
  EXPECT_FALSE(admits(*table, late, now_ms));
  // A sibling shares what was charged to the parent, and no more: two are left to it.
  const RateCharge sibling = charge(1001, 5, 60);
  EXPECT_TRUE(admits(*table, sibling, now_ms));
  EXPECT_TRUE(admits(*table, sibling, now_ms));
  EXPECT_FALSE(admits(*table, sibling, now_ms));
  now_ms += 63'750;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(admits(*table, sibling, now_ms));
}

TEST(RateTable, AFirstHitCountsBesideWhatTheParentTook) {
  const auto table = make_table(1024);
  const RateCharge early = charge(1000, 5, 60);
  ASSERT_TRUE(admits(*table, early, kStartMs));
  for (std::uint64_t key = 1; key <= 19; ++key)
    ASSERT_TRUE(admits(*table, charge(key, 9, 60), kStartMs));
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(admits(*table, early, kStartMs));
  EXPECT_EQ(table->spilled_charges(), 4U);
  EXPECT_FALSE(admits(*table, early, kStartMs));
}

TEST(RateTable, ChargesThatFallOnOneParentCountTogether) {
  const auto table = make_table(1024);
  for (std::uint64_t key = 1; key <= 20; ++key)
    ASSERT_TRUE(admits(*table, charge(key, 9, 60), kStartMs));
  const std::array siblings{charge(1000, 5, 60), charge(1001, 5, 60)};
  EXPECT_TRUE(table->try_decide(siblings, kStartMs).decision.is_admitted);
  EXPECT_TRUE(table->try_decide(siblings, kStartMs).decision.is_admitted);
  EXPECT_FALSE(table->try_decide(siblings, kStartMs).decision.is_admitted);
  EXPECT_TRUE(admits(*table, siblings[0], kStartMs));
  EXPECT_FALSE(admits(*table, siblings[0], kStartMs));
}

// A bug of the caller, or a collision: it must not open the limit.
TEST(RateTable, AKeyChargedTwiceInOneDecisionCountsTwice) {
  const auto table = make_table(1024);
  for (const bool is_authenticated : {true, false}) {
    RateCharge charged = charge(is_authenticated ? 1 : 2, 6, 60);
    charged.is_authenticated = is_authenticated;
    const std::array twice{charged, charged};
    for (int i = 0; i < 3; ++i)
      EXPECT_TRUE(table->try_decide(twice, kStartMs).decision.is_admitted);
    EXPECT_FALSE(table->try_decide(twice, kStartMs).decision.is_admitted);
    EXPECT_FALSE(admits(*table, charged, kStartMs));
  }
}

TEST(RateTable, KnownKeysHaveRoomThatStrangersCannotTake) {
  const auto table = make_table(1024);
  for (std::uint64_t key = 1; key < 10'000; ++key)
    admits(*table, charge(key << 8, 9, 60), kStartMs);
  EXPECT_GT(table->charges_without_room(), 0U);
  RateCharge known = charge(1, 3, 60);
  known.is_authenticated = true;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(admits(*table, known, kStartMs));
  EXPECT_FALSE(admits(*table, known, kStartMs));
}

TEST(RateTable, WithoutAnyRoomTheAnswerIsNoAndWhenToAskAgain) {
  const auto table = make_table(1024);
  RateCharge known = charge(0, 1, 60);
  known.is_authenticated = true;
  RateDecision refused;
  for (known.key = 1; known.key < 100; ++known.key) {
    known.parent_key = known.key + 1000;
    refused = table->try_decide(std::span(&known, 1), kStartMs).decision;
    if (!refused.is_admitted) break;
  }
  EXPECT_EQ(known.key, 13U);
  EXPECT_EQ(refused.retry_after_s, 4U);
  EXPECT_GE(refused.retry_after_s, refused.quotas[0].reset_s);
  EXPECT_EQ(table->charges_without_room(), 1U);
}

TEST(RateTable, RefusedDecisionsTakeNoRoom) {
  const auto table = make_table(1024);
  const RateCharge closed = charge(1, 0, 60);
  for (std::uint64_t key = 2; key < 1000; ++key) {
    RateCharge other = charge(key, 5, 60);
    other.is_authenticated = key % 2 == 0;
    const std::array charges{other, closed};
    EXPECT_FALSE(table->try_decide(charges, kStartMs).decision.is_admitted);
  }
  for (std::uint64_t key = 2000; key < 2020; ++key)
    EXPECT_TRUE(admits(*table, charge(key, 5, 60), kStartMs));
  EXPECT_EQ(table->spilled_charges(), 0U);
}

// Keys, windows and families without end through a few sets, each held against its exact log.
TEST(RateTable, NeverAdmitsMoreHoweverSmallItIs) {
  for (const std::size_t bytes : {1024U, 4096U, 65536U}) {
    const auto table = make_table(bytes);
    std::mt19937_64 random(bytes);
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    constexpr std::array<std::uint32_t, 3> kWindowsSeconds = {1, 5, 60};
    std::map<std::uint64_t, RateLog> logs;
    std::uint64_t now_ms = kStartMs;
    std::size_t admitted_count = 0;
    for (int step = 0; step < 300'000 / kSlowdown; ++step) {
      std::array<RateCharge, 3> charges;
      const std::size_t count = 1 + below(3);
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t key = (below(30 + bytes / 16) * 3 + i) << 2;
        charges[i] = charge(key, 1 + static_cast<std::uint32_t>(key % 7), kWindowsSeconds[key % 3]);
        charges[i].parent_key = ~(key / 384 * 3 + key % 3);
        charges[i].is_authenticated = key % 5 == 0;
        charges[i].cost = 1 + static_cast<std::uint32_t>(below(8) == 0);
      }
      const std::span charged = std::span(charges).first(count);
      if (table->try_decide(charged, now_ms).decision.is_admitted) {
        ++admitted_count;
        for (const RateCharge& charge : charged) logs[charge.key].add(now_ms, charge.cost);
      }
      const std::uint64_t pause = below(1000);
      now_ms += pause < 900 ? 0 : pause < 999 ? below(300) : below(30'000);
    }
    for (const auto& [key, log] : logs) {
      ASSERT_LE(log.worst_window(kWindowsSeconds[key % 3]), 1 + key % 7) << "key " << key;
    }
    EXPECT_GT(table->spilled_charges(), 500U / kSlowdown);
    EXPECT_GT(admitted_count, 10'000U / kSlowdown);
  }
}

// The same with turns that are settled later, above or below what they reserved, wherever their
// charge stands by then.
TEST(RateTable, NeverAdmitsMoreHoweverTurnsAreSettled) {
  struct Turn {
    std::uint64_t began_ms;
    guard::RateReservation reservation;
  };
  for (const std::size_t bytes : {1024U, 4096U, 65536U}) {
    const auto table = make_table(bytes);
    std::mt19937_64 random(bytes);
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    constexpr std::array<std::uint32_t, 3> kWindowsSeconds = {1, 5, 60};
    std::map<std::uint64_t, RateLog> logs;
    std::vector<Turn> turns;
    std::uint64_t now_ms = kStartMs;
    std::size_t parent_count = 0;
    for (int step = 0; step < 200'000 / kSlowdown; ++step) {
      const std::uint64_t key = below(30 + bytes / 16) << 2;
      RateCharge one =
          charge(key, 30 + static_cast<std::uint32_t>(key % 7) * 10, kWindowsSeconds[key % 3]);
      one.parent_key = ~(key / 384 * 3 + key % 3);
      one.is_authenticated = key % 5 == 0;
      one.cost = 1 + static_cast<std::uint32_t>(below(9));
      const auto outcome = table->try_decide({&one, 1}, now_ms);
      if (outcome.decision.is_admitted) {
        logs[key].add(now_ms, one.cost);
        ASSERT_LE(logs[key].in_window(now_ms, one.window_s), one.limit) << "step " << step;
        turns.push_back({now_ms, guard::reservation_of(one, outcome, 0)});
        parent_count += turns.back().reservation.is_at_parent ? 1 : 0;
      }
      while (!turns.empty() && below(4) != 0) {
        std::swap(turns[below(turns.size())], turns.back());
        const auto [began_ms, reservation] = turns.back();
        turns.pop_back();
        const auto true_cost = static_cast<std::uint32_t>(below(30) == 0 ? below(60) : below(12));
        table->settle(reservation, true_cost);
        logs[reservation.charge.key].settle(began_ms, reservation.charge.cost, true_cost);
        if (turns.size() < 40) break;
      }
      const std::uint64_t pause = below(1000);
      now_ms += pause < 900 ? 0 : pause < 999 ? below(300) : below(30'000);
    }
    EXPECT_GT(parent_count, 500U / kSlowdown);
  }
}

TEST(RateTable, TakesItsMemoryAsKeysCome) {
  if (kIsSanitized) GTEST_SKIP() << "the sanitizer's own memory grows along";
  const std::size_t before = resident_bytes();
  const auto table = make_table(RateTable::kDefaultBytes);
  for (std::uint64_t key = 1; key <= 20; ++key) admits(*table, charge(key << 40, 60, 60), kStartMs);
  EXPECT_LT(resident_bytes() - before, 1U << 20);
  for (std::uint64_t key = 1; key <= 1'000'000; ++key) {
    admits(*table, charge(key << 8, 60, 60), kStartMs);
  }
  EXPECT_LE(resident_bytes() - before, RateTable::kDefaultBytes + (1U << 20));
}

// Millions of made-up strangers, an address each, against a table that holds some thousands.
class Flood : public ::testing::Test {
 protected:
  // As round 1 charges an address: by the minute and by the hour.
  bool hit(std::uint64_t address) {
    const std::array charges{charge(address * 2, kPerMinute, 60),
                             charge(address * 2 + 1, kPerHour, 3600)};
    const bool is_admitted = table_->try_decide(charges, now_ms_).decision.is_admitted;
    if (is_admitted && is_watched(address)) logs_[address].add(now_ms_, 1);
    return is_admitted;
  }
  // Each in a network of its own.
  static std::uint64_t client(std::uint64_t number) { return (number + 1) << 40; }
  static bool is_watched(std::uint64_t address) {
    return address % 101 == 0 || address >= client(0);
  }

  static constexpr std::uint32_t kPerMinute = 6;
  static constexpr std::uint32_t kPerHour = 40;
  std::unique_ptr<RateTable> table_ = make_table(1 << 20);
  std::map<std::uint64_t, RateLog> logs_;
  std::uint64_t now_ms_ = kStartMs;
};

TEST_F(Flood, EstablishedClientsKeepTheirExactLimitAndNobodyGetsAFreshOne) {
  std::mt19937_64 random(9);
  for (std::uint64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(hit(client(i)));
    ASSERT_TRUE(hit(client(i)));
  }
  std::uint64_t stranger = 1'000;
  for (int step = 0; step < 3'000'000 / kSlowdown; ++step) {
    hit(stranger++);
    if (step % 16 == 0) hit(1'000 + random() % (stranger - 1'000));  // one of them comes back
    if (step % 64 == 0) {
      const std::uint64_t address = client(random() % 100);
      const RateLog& log = logs_[address];
      const bool is_refusal_due = log.in_wide_window(now_ms_, 60) >= kPerMinute ||
                                  log.in_wide_window(now_ms_, 3600) >= kPerHour;
      ASSERT_TRUE(hit(address) || is_refusal_due) << "address " << address << " step " << step;
    }
    if (step % 10 == 0) ++now_ms_;  // 10,000 a second
  }
  for (const auto& [address, log] : logs_) {
    ASSERT_LE(log.worst_window(60), kPerMinute) << "address " << address;
    ASSERT_LE(log.worst_window(3600), kPerHour) << "address " << address;
  }
  EXPECT_GT(table_->spilled_charges(), 1000U);
}

TEST_F(Flood, AnAttackerGetsNoMoreThanTheLimitOfHisNetworkOnceTheTableIsFull) {
  for (std::uint64_t address = 1'000; address < 500'000; ++address) hit(address << 8);
  const std::uint64_t network = std::uint64_t{1} << 40;  // 128 addresses, two counters each
  int admitted_count = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) admitted_count += hit(network + i % 128) ? 1 : 0;
  EXPECT_LE(admitted_count, static_cast<int>(kPerMinute));
}

}  // namespace
}  // namespace gatehouse::store::memory
