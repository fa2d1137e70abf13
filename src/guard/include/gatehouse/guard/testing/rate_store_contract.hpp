// What every RateStore must hold of decisions; of settlements: rate_settlement_contract.hpp. A back
// end includes this in one file of its tests and says
//   INSTANTIATE_TEST_SUITE_P(Memory, RateStoreContract, ::testing::Values(&make_my_store));
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

#include "gatehouse/guard/rate_fallback.hpp"
#include "gatehouse/guard/rate_store.hpp"
#include "gatehouse/guard/testing/failing_rate_store.hpp"
#include "gatehouse/guard/testing/rate_log.hpp"

namespace gatehouse::guard::testing {

class RateStoreContract : public ::testing::TestWithParam<std::unique_ptr<RateStore> (*)()> {
 protected:
  static RateCharge charge(std::uint64_t key, std::uint32_t limit, std::uint32_t window_s = 60,
                           std::uint32_t cost = 1) {
    return {.key = key * 0x9E3779B97F4A7C15,
            .parent_key = ~key,
            .limit = limit,
            .window_s = window_s,
            .cost = cost,
            .is_authenticated = false};
  }
  RateDecision decide(std::initializer_list<RateCharge> charges) {
    return decide_at(now_ms_, charges);
  }
  RateDecision decide_at(std::uint64_t now_ms, std::initializer_list<RateCharge> charges) {
    const RateOutcome outcome = store_->try_decide({charges.begin(), charges.size()}, now_ms);
    EXPECT_EQ(outcome.status, RateStatus::kDecided);
    EXPECT_FALSE(outcome.is_degraded);
    return outcome.decision;
  }
  bool admits(const RateCharge& charge) { return decide({charge}).is_admitted; }

  std::unique_ptr<RateStore> store_ = GetParam()();
  std::uint64_t now_ms_ = 3'600'000'123;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RateStoreContract);

TEST_P(RateStoreContract, AdmitsAsMuchAsTheLimitAndNoMore) {
  for (std::uint32_t limit : {1U, 2U, 3U, 60U, 1000U}) {
    for (std::uint32_t i = 0; i < limit; ++i) ASSERT_TRUE(admits(charge(limit, limit))) << i;
    EXPECT_FALSE(admits(charge(limit, limit)));
  }
  EXPECT_FALSE(admits(charge(7, 0)));
}

TEST_P(RateStoreContract, KnownKeysAreCountedLikeStrangers) {
  RateCharge known = charge(1, 5);
  known.is_authenticated = true;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(admits(known));
  EXPECT_FALSE(admits(known));
}

TEST_P(RateStoreContract, ABurstAtTheSeamOfTwoWindowsIsRefused) {
  now_ms_ = 3'600'000'000 + 59'999;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(admits(charge(1, 10)));
  now_ms_ += 2;
  EXPECT_FALSE(admits(charge(1, 10)));
  now_ms_ += 59'998;  // the last instant of the closed window
  EXPECT_FALSE(admits(charge(1, 10)));
  now_ms_ += 3'750;  // and a sixteenth more
  EXPECT_TRUE(admits(charge(1, 10)));
}

TEST_P(RateStoreContract, ARefusalSaysExactlyWhenToComeBack) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(admits(charge(1, 6)));
    now_ms_ += 7'000;
  }
  const RateDecision refused = decide({charge(1, 6)});
  ASSERT_FALSE(refused.is_admitted);
  EXPECT_GE(refused.retry_after_s, refused.quotas[0].reset_s);
  const std::uint64_t then_ms = now_ms_ + refused.retry_after_s * 1000ULL;
  EXPECT_FALSE(decide_at(then_ms - 1000, {charge(1, 6)}).is_admitted);
  EXPECT_TRUE(decide_at(then_ms, {charge(1, 6)}).is_admitted);
  EXPECT_FALSE(decide_at(then_ms, {charge(1, 6)}).is_admitted);  // one has left, not six
}

TEST_P(RateStoreContract, ALargerCostWaitsUntilAllOfItFits) {
  ASSERT_TRUE(admits(charge(1, 10, 60, 6)));
  now_ms_ += 30'000;
  ASSERT_TRUE(admits(charge(1, 10, 60, 4)));
  const RateDecision refused = decide({charge(1, 10, 60, 7)});
  ASSERT_FALSE(refused.is_admitted);
  EXPECT_EQ(refused.quotas[0].remaining, 0U);
  EXPECT_LT(refused.quotas[0].reset_s, refused.retry_after_s);
  now_ms_ += refused.quotas[0].reset_s * 1000ULL;
  EXPECT_FALSE(admits(charge(1, 10, 60, 7)));
  EXPECT_TRUE(admits(charge(1, 10, 60, 6)));
}

TEST_P(RateStoreContract, ACostOverTheLimitNeverFits) {
  const RateDecision refused = decide({charge(1, 10, 60, 11)});
  EXPECT_FALSE(refused.is_admitted);
  EXPECT_GE(refused.retry_after_s, 60U);
  EXPECT_TRUE(admits(charge(1, 10, 60, 10)));
  EXPECT_FALSE(decide({charge(2, 10, 60, UINT32_MAX)}).is_admitted);
}

TEST_P(RateStoreContract, AsksWithoutChargingAtNoCost) {
  for (int i = 0; i < 5; ++i) {
    const RateDecision asked = decide({charge(1, 3, 60, 0)});
    EXPECT_TRUE(asked.is_admitted);
    EXPECT_EQ(asked.quotas[0].remaining, 3U);
  }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(admits(charge(1, 3)));
  EXPECT_EQ(decide({charge(1, 3, 60, 0)}).quotas[0].remaining, 0U);
}

TEST_P(RateStoreContract, ChargesAllOrNone) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(decide({charge(1, 100), charge(2, 3, 3600), charge(3, 50)}).is_admitted);
  }
  for (int i = 0; i < 20; ++i) {
    const RateDecision refused = decide({charge(1, 100), charge(2, 3, 3600), charge(3, 50)});
    ASSERT_FALSE(refused.is_admitted);
    EXPECT_EQ(refused.worst, 1);
    EXPECT_EQ(refused.quotas[0].remaining, 97U);
    EXPECT_EQ(refused.quotas[1].remaining, 0U);
    EXPECT_EQ(refused.quotas[2].remaining, 47U);
  }
  // A stranger's first hit is not charged either when its companion is refused.
  EXPECT_FALSE(decide({charge(4, 1), charge(2, 3, 3600)}).is_admitted);
  EXPECT_TRUE(admits(charge(4, 1)));
}

TEST_P(RateStoreContract, TellsOfEachChargeWhatRemains) {
  const RateDecision first = decide({charge(1, 60), charge(2, 1000, 3600)});
  ASSERT_TRUE(first.is_admitted);
  EXPECT_EQ(first.quota_count, 2);
  EXPECT_EQ(first.worst, 0);
  EXPECT_EQ(first.retry_after_s, 0U);
  EXPECT_EQ(first.quotas[0].remaining, 59U);
  EXPECT_EQ(first.quotas[1].remaining, 999U);
  EXPECT_GE(first.quotas[0].reset_s, 60U);
  EXPECT_LE(first.quotas[0].reset_s, 64U);
  EXPECT_GE(first.quotas[1].reset_s, 3600U);
  EXPECT_LE(first.quotas[1].reset_s, 3825U);
  now_ms_ += 10'000;
  const RateDecision second = decide({charge(1, 60), charge(2, 1000, 3600)});
  EXPECT_EQ(second.quotas[0].remaining, 58U);
  EXPECT_EQ(second.quotas[0].reset_s, first.quotas[0].reset_s - 10);
}

TEST_P(RateStoreContract, TheWorstOfSeveralRefusalsCounts) {
  ASSERT_TRUE(decide({charge(1, 1), charge(2, 1, 3600), charge(3, 9)}).is_admitted);
  const RateDecision refused = decide({charge(1, 1), charge(2, 1, 3600), charge(3, 9)});
  EXPECT_EQ(refused.worst, 1);
  EXPECT_GE(refused.retry_after_s, 3600U);
}

TEST_P(RateStoreContract, KeysAndWindowsAreCountedApart) {
  for (std::uint64_t key = 1; key < 100; ++key) ASSERT_TRUE(admits(charge(key, 1)));
  for (std::uint64_t key = 1; key < 100; ++key) ASSERT_FALSE(admits(charge(key, 1)));
  EXPECT_TRUE(admits(charge(1, 1, 61)));
}

TEST_P(RateStoreContract, ANewLimitCountsWhatWasSpentUnderTheOld) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(admits(charge(1, 20)));
  EXPECT_FALSE(admits(charge(1, 10)));
  EXPECT_TRUE(admits(charge(1, 21)));
}

TEST_P(RateStoreContract, AnOlderClockIsNoWayAround) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(admits(charge(1, 5)));
  for (std::uint64_t older_ms : {1ULL, 5'000ULL, 100'000ULL}) {
    EXPECT_FALSE(decide_at(now_ms_ - older_ms, {charge(1, 5)}).is_admitted);
  }
}

TEST_P(RateStoreContract, NothingToChargeIsAdmitted) { EXPECT_TRUE(decide({}).is_admitted); }

TEST_P(RateStoreContract, ChargesOutOfBoundsFail) {
  const auto status_of = [&](std::span<const RateCharge> charges) {
    return store_->try_decide(charges, now_ms_).status;
  };
  const std::array<RateCharge, kMaxRateCharges + 1> too_many{};
  EXPECT_EQ(status_of(too_many), RateStatus::kFailed);
  EXPECT_EQ(status_of(std::array{charge(1, kMaxRateLimit + 1)}), RateStatus::kFailed);
  EXPECT_EQ(status_of(std::array{charge(1, 1, 0)}), RateStatus::kFailed);
  EXPECT_EQ(status_of(std::array{charge(1, 1, kMaxRateWindowSeconds + 1)}), RateStatus::kFailed);
}

TEST_P(RateStoreContract, HoldsTheGreatestLimitAndWindow) {
  const RateCharge half = charge(1, kMaxRateLimit, kMaxRateWindowSeconds, kMaxRateLimit / 2);
  ASSERT_TRUE(admits(half));
  ASSERT_TRUE(admits(half));
  EXPECT_FALSE(admits(half));
  EXPECT_TRUE(admits(charge(1, kMaxRateLimit, kMaxRateWindowSeconds)));
  EXPECT_FALSE(admits(charge(1, kMaxRateLimit, kMaxRateWindowSeconds)));
}

// Random traffic of many shapes, held against the exact log.
TEST_P(RateStoreContract, AgreesWithTheExactLog) {
  std::mt19937_64 random(2024);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  constexpr std::array<std::uint32_t, 6> kWindowsSeconds = {1, 2, 7, 60, 3600, 86400};
  constexpr std::array<std::uint32_t, 5> kLimits = {1, 2, 5, 30, 200};
  std::map<std::uint64_t, RateLog> logs;
  std::uint64_t admitted_count = 0;
  std::uint64_t refused_count = 0;
  for (int step = 0; step < 150'000; ++step) {
    std::array<RateCharge, 5> charges;
    const std::size_t count = 1 + below(charges.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t key = i * 8 + below(8);  // a dimension each, so no key comes twice
      charges[i] = charge(key, kLimits[key % 5], kWindowsSeconds[key % 6],
                          below(10) == 0 ? static_cast<std::uint32_t>(below(7)) : 1);
      charges[i].is_authenticated = key % 3 == 0;
    }
    const std::span charged = std::span(charges).first(count);
    const auto outcome = store_->try_decide(charged, now_ms_);
    ASSERT_EQ(outcome.status, RateStatus::kDecided);
    bool is_refusal_due = false;
    for (const RateCharge& charge : charged) {
      RateLog& log = logs[charge.key];
      is_refusal_due |= log.in_wide_window(now_ms_, charge.window_s) + charge.cost > charge.limit;
      if (!outcome.decision.is_admitted) continue;
      log.add(now_ms_, charge.cost);
      ASSERT_LE(log.in_window(now_ms_, charge.window_s), charge.limit) << "step " << step;
    }
    ASSERT_TRUE(outcome.decision.is_admitted || is_refusal_due) << "step " << step;
    ++(outcome.decision.is_admitted ? admitted_count : refused_count);
    const std::uint64_t pause = below(1000);
    now_ms_ += pause < 700   ? below(50)
               : pause < 990 ? below(3'000)
               : pause < 999 ? below(90'000)
                             : below(9'000'000);
  }
  for (const auto& [key, log] : logs) {
    const std::uint64_t number = key * 0xF1DE83E19937733D;  // undoes charge()
    EXPECT_LE(log.worst_window(kWindowsSeconds[number % 6]), kLimits[number % 5]);
  }
  EXPECT_GT(admitted_count, 20'000U);  // the traffic was worth testing with
  EXPECT_GT(refused_count, 20'000U);
}

// The fail modes, over a store that is away and then back.
TEST_P(RateStoreContract, FailModesAnswerOnlyWhileTheStoreIsAway) {
  FailingRateStore away(*store_);
  const auto local = GetParam()();
  const std::array charges{charge(1, 10)};
  const auto count_admitted = [&](RateStore& store) {
    int admitted_count = 0;
    for (int i = 0; i < 40; ++i) {
      const RateOutcome outcome = store.try_decide(charges, now_ms_);
      EXPECT_EQ(outcome.status, RateStatus::kDecided);
      EXPECT_TRUE(outcome.is_degraded);
      EXPECT_EQ(outcome.decision.is_admitted, outcome.decision.retry_after_s == 0);
      admitted_count += outcome.decision.is_admitted ? 1 : 0;
    }
    return admitted_count;
  };
  FallbackRateStore open(away, *local, RateFailMode::kOpen, 4);
  FallbackRateStore closed(away, *local, RateFailMode::kClosed, 4);
  FallbackRateStore share(away, *local, RateFailMode::kLocalShare, 4);
  EXPECT_EQ(away.try_decide(charges, now_ms_).status, RateStatus::kFailed);
  EXPECT_EQ(count_admitted(open), 40);
  EXPECT_EQ(count_admitted(closed), 0);
  EXPECT_EQ(count_admitted(share), 2);
  away.set_away(false);
  for (FallbackRateStore* store : {&open, &closed, &share}) {
    const RateOutcome outcome = store->try_decide(charges, now_ms_);
    EXPECT_TRUE(outcome.decision.is_admitted);
    EXPECT_FALSE(outcome.is_degraded);
  }
}

}  // namespace gatehouse::guard::testing
