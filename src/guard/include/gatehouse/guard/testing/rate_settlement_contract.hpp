// What every RateStore must hold of what is reserved and settled: the rest of the suite of
// rate_store_contract.hpp. A back end includes it in the same file of its tests.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "gatehouse/guard/testing/rate_store_contract.hpp"

namespace gatehouse::guard::testing {

// Reserves `charge` at `now_ms`; nothing, where that is refused.
inline std::optional<RateReservation> reserve(RateStore& store, const RateCharge& charge,
                                              std::uint64_t now_ms) {
  const RateOutcome outcome = store.try_decide({&charge, 1}, now_ms);
  if (!outcome.decision.is_admitted) return std::nullopt;
  return reservation_of(charge, outcome, 0);
}

TEST_P(RateStoreContract, ASettlementGivesBackWhatWasNotSpent) {
  for (const bool is_known : {false, true}) {
    RateCharge whole = charge(is_known ? 1 : 2, 10, 60, 10);
    whole.is_authenticated = is_known;
    const auto reserved = reserve(*store_, whole, now_ms_);
    ASSERT_TRUE(reserved);
    EXPECT_FALSE(admits(whole));
    store_->settle(*reserved, 3);
    whole.cost = 8;
    EXPECT_FALSE(admits(whole));
    whole.cost = 7;
    EXPECT_TRUE(admits(whole));
  }
}

TEST_P(RateStoreContract, WhatCostNothingIsForgotten) {
  for (const bool is_known : {false, true}) {
    RateCharge whole = charge(is_known ? 1 : 2, 10, 60, 10);
    whole.is_authenticated = is_known;
    for (int i = 0; i < 50; ++i) {
      const auto reserved = reserve(*store_, whole, now_ms_);
      ASSERT_TRUE(reserved) << i;
      store_->settle(*reserved, 0);
    }
  }
}

TEST_P(RateStoreContract, ADebtIsWaitedFor) {
  const auto reserved = reserve(*store_, charge(1, 10, 60, 2), now_ms_);
  ASSERT_TRUE(reserved);
  store_->settle(*reserved, 25);
  for (const std::uint32_t cost : {0U, 1U}) {
    const RateDecision refused = decide({charge(1, 10, 60, cost)});
    ASSERT_FALSE(refused.is_admitted);
    EXPECT_EQ(refused.quotas[0].remaining, 0U);
    EXPECT_GE(refused.retry_after_s, 60U);
    EXPECT_LE(refused.retry_after_s, 64U);
  }
  now_ms_ += 60'000;
  EXPECT_FALSE(admits(charge(1, 10)));
  now_ms_ += 3'750;
  EXPECT_TRUE(admits(charge(1, 10, 60, 10)));
}

TEST_P(RateStoreContract, SettlesInTheSegmentThatWasCharged) {
  const auto early = reserve(*store_, charge(1, 10, 60, 5), now_ms_);
  now_ms_ += 30'000;
  const auto late = reserve(*store_, charge(1, 10, 60, 5), now_ms_);
  ASSERT_TRUE(early && late);
  store_->settle(*late, 1);
  store_->settle(*early, 9);
  EXPECT_FALSE(admits(charge(1, 10)));
  now_ms_ += 34'000;  // the early one has left, with all of its nine
  EXPECT_EQ(decide({charge(1, 10, 60, 0)}).quotas[0].remaining, 9U);
}

TEST_P(RateStoreContract, ASettlementAfterItsWindowDoesNothing) {
  const auto reserved = reserve(*store_, charge(1, 10, 60, 5), now_ms_);
  ASSERT_TRUE(reserved);
  now_ms_ += 64'000;
  ASSERT_TRUE(admits(charge(1, 10, 60, 4)));
  store_->settle(*reserved, 0);
  EXPECT_EQ(decide({charge(1, 10, 60, 0)}).quotas[0].remaining, 6U);
  store_->settle(*reserved, 1000);
  EXPECT_EQ(decide({charge(1, 10, 60, 0)}).quotas[0].remaining, 6U);
}

TEST_P(RateStoreContract, ADebtBeyondWhatACounterHoldsRefusesAllTheSame) {
  for (const bool is_known : {false, true}) {
    RateCharge one = charge(is_known ? 1 : 2, kMaxRateLimit);
    one.is_authenticated = is_known;
    for (int i = 0; i < 2; ++i) {
      const auto reserved = reserve(*store_, one, now_ms_);
      ASSERT_EQ(reserved.has_value(), i == 0);
      if (reserved) store_->settle(*reserved, UINT32_MAX);
    }
  }
}

TEST_P(RateStoreContract, ASettlementReachesTheStoreThatDecided) {
  FailingRateStore away(*store_);
  const auto local = GetParam()();
  FallbackRateStore share(away, *local, RateFailMode::kLocalShare, 1);
  const auto of_local = reserve(share, charge(1, 10, 60, 10), now_ms_);
  ASSERT_TRUE(of_local);
  EXPECT_TRUE(of_local->is_degraded);
  away.set_away(false);
  share.settle(*of_local, 4);
  const RateCharge rest = charge(1, 10, 60, 6);
  EXPECT_TRUE(local->try_decide({&rest, 1}, now_ms_).decision.is_admitted);
  const auto of_shared = reserve(share, charge(1, 10, 60, 10), now_ms_);
  ASSERT_TRUE(of_shared);
  EXPECT_FALSE(of_shared->is_degraded);
  share.settle(*of_shared, 4);
  EXPECT_TRUE(admits(rest));
}

// Random turns that reserve, end in any order and cost more or less, held against the exact log.
TEST_P(RateStoreContract, AgreesWithTheExactLogWhenTurnsAreSettled) {
  struct Turn {
    std::uint64_t began_ms;
    std::array<RateReservation, 3> reservations;
    std::size_t count;
  };
  std::mt19937_64 random(2025);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  constexpr std::array<std::uint32_t, 4> kWindowsSeconds = {1, 7, 60, 3600};
  constexpr std::array<std::uint32_t, 3> kLimits = {20, 300, 5'000};
  std::map<std::uint64_t, RateLog> logs;
  std::vector<Turn> turns;
  std::size_t admitted_count = 0;
  std::size_t refused_count = 0;
  std::size_t debt_count = 0;
  for (int step = 0; step < 100'000; ++step) {
    const auto cost = 1 + static_cast<std::uint32_t>(below(12));
    std::array<RateCharge, 3> charges;
    const std::size_t count = 1 + below(charges.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t key = i * 8 + below(8);
      charges[i] = charge(key, kLimits[key % 3], kWindowsSeconds[key % 4], cost);
      charges[i].is_authenticated = key % 2 == 0;
    }
    const std::span charged = std::span(charges).first(count);
    const RateOutcome outcome = store_->try_decide(charged, now_ms_);
    Turn turn{.began_ms = now_ms_, .reservations = {}, .count = count};
    bool is_refusal_due = false;
    for (std::size_t i = 0; i < count; ++i) {
      RateLog& log = logs[charged[i].key];
      is_refusal_due |= log.in_wide_window(now_ms_, charged[i].window_s) + cost > charged[i].limit;
      if (!outcome.decision.is_admitted) continue;
      log.add(now_ms_, cost);
      turn.reservations[i] = reservation_of(charged[i], outcome, i);
      ASSERT_LE(log.in_window(now_ms_, charged[i].window_s), charged[i].limit) << "step " << step;
    }
    ASSERT_TRUE(outcome.decision.is_admitted || is_refusal_due) << "step " << step;
    ++(outcome.decision.is_admitted ? admitted_count : refused_count);
    if (outcome.decision.is_admitted) turns.push_back(turn);
    while (!turns.empty() && below(4) == 0) {
      std::swap(turns[below(turns.size())], turns.back());
      const Turn ended = turns.back();
      turns.pop_back();
      const auto true_cost = static_cast<std::uint32_t>(below(50) == 0 ? below(400) : below(14));
      for (std::size_t i = 0; i < ended.count; ++i) {
        const RateReservation& reservation = ended.reservations[i];
        store_->settle(reservation, true_cost);
        logs[reservation.charge.key].settle(ended.began_ms, reservation.charge.cost, true_cost);
      }
      debt_count += true_cost > 20 ? 1 : 0;
    }
    const std::uint64_t pause = below(1000);
    now_ms_ += pause < 700 ? below(30) : pause < 995 ? below(1'000) : below(90'000);
  }
  EXPECT_GT(admitted_count, 10'000U);
  EXPECT_GT(refused_count, 10'000U);
  EXPECT_GT(debt_count, 100U);
}

}  // namespace gatehouse::guard::testing
