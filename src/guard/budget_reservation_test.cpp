#include "gatehouse/guard/budget_reservation.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "gatehouse/store/memory/rate_table.hpp"
#include "limit_verdicts.hpp"

namespace gatehouse::guard {
namespace {

constexpr RateSeed kSeed{.low = 11, .high = 22};
const Principal kVisitor{.kind = Principal::Kind::kVisitor, .id = "v1"};
const IpPrefix kClient = IpPrefix::of_client(*IpAddress::parse("192.0.2.1"));

RateLimits limits(const RateLimitOverrides& overrides) {
  return {*make_rate_limit_policy("balanced", overrides), "default", kSeed};
}

// Admits everything and notes what it is told.
class NotingStore final : public RateStore {
 public:
  RateOutcome try_decide(std::span<const RateCharge> charges, std::uint64_t) noexcept override {
    RateOutcome outcome{.status = RateStatus::kDecided};
    outcome.decision.is_admitted = true;
    outcome.decision.quota_count = static_cast<std::uint8_t>(charges.size());
    return outcome;
  }
  void settle(const RateReservation&, std::uint32_t cost) noexcept override {
    settled.push_back(cost);
  }
  std::vector<std::uint32_t> settled;
};

using Costs = std::vector<std::uint32_t>;

class BudgetReservationTest : public testing::Test {
 protected:
  BudgetReservation open(const RateLimits& limits, RateStore& store, const Price& price = {}) {
    return {{.store = store,
             .rate_clock = rate_clock_,
             .clock = clock_,
             .sampler = sampler_,
             .explanations = explanations_},
            {.charges = limits.for_budgets(kVisitor, kClient),
             .prices = prices_,
             .price = price,
             .step_tokens = 64,
             .client = kClient,
             .cut = {.request_id = "r1", .rule = "limit.cut", .action = "cut", .told = "Cut."}}};
  }
  BudgetReservation reserve(std::uint64_t tokens) {
    BudgetReservation budget = open(limits_, store_);
    RateCharges asked;
    EXPECT_TRUE(budget.reserve({.tokens = tokens}, asked).decision.is_admitted);
    return budget;
  }

  struct KeptExplanations final : Explanations {
    void add(Explanation explanation) noexcept override { all.push_back(std::move(explanation)); }
    std::vector<Explanation> all;
  };
  FakeClock clock_;
  RateClock rate_clock_{clock_};
  ExplanationSampler sampler_;
  KeptExplanations explanations_;
  const std::shared_ptr<const PriceTable> prices_ = std::make_shared<const PriceTable>(
      PriceTable::read(std::vector<std::string>{"cheap 1 1", "dear 10 100"}).value());
  const RateLimits limits_ = limits({.tokens_per_minute = 1'000,
                                     .tokens_per_day = 100'000,
                                     .site_tokens_per_day = std::uint64_t{1} << 40});
  NotingStore store_;
};

TEST_F(BudgetReservationTest, SettlesEachLimitInItsOwnUnits) {
  BudgetReservation budget = reserve(500);
  budget.settle({.reply = 300'000});
  EXPECT_EQ(store_.settled, (Costs{300'000, 300'000, 3}));  // 2^17 tokens a unit, rounded up
}

TEST_F(BudgetReservationTest, SettlesOnce) {
  {
    BudgetReservation budget = reserve(500);
    budget.settle({.prompt = 3, .reply = 4});
    budget.settle({.reply = 8});
  }
  EXPECT_EQ(store_.settled, (Costs{7, 7}));  // a unit of the site's is what it takes anyway
}

TEST_F(BudgetReservationTest, GivesAllBackWhenItGoesUnsettled) {
  {
    const BudgetReservation budget = reserve(500);
  }
  EXPECT_EQ(store_.settled, (Costs{0, 0, 0}));
}

TEST_F(BudgetReservationTest, MovesWithoutSettling) {
  BudgetReservation second;
  {
    BudgetReservation first = reserve(500);
    second = std::move(first);
  }
  EXPECT_TRUE(store_.settled.empty());
  second.settle({.reply = 9});
  EXPECT_EQ(store_.settled, (Costs{9, 9}));
}

TEST_F(BudgetReservationTest, WhatMayHaveBeenWorkedOnCostsAtLeastWhatWasReserved) {
  BudgetReservation budget = reserve(500);
  budget.settle({.reply = 9}, true);
  EXPECT_TRUE(store_.settled.empty());
}

TEST_F(BudgetReservationTest, SettlesNothingThatAFailModeHasNotCounted) {
  struct Uncounting final : RateStore {
    RateOutcome try_decide(std::span<const RateCharge>, std::uint64_t) noexcept override {
      RateOutcome outcome{.status = RateStatus::kDecided, .decision = {}, .is_degraded = true};
      outcome.decision.is_admitted = true;
      return outcome;
    }
    void settle(const RateReservation&, std::uint32_t) noexcept override { has_settled = true; }
    bool has_settled = false;
  } store;
  {
    BudgetReservation budget = open(limits_, store);
    RateCharges asked;
    static_cast<void>(budget.reserve({.tokens = 500}, asked));
    EXPECT_EQ(budget.cover({.reply = 900}), 900U);
  }
  EXPECT_FALSE(store.has_settled);
}

TEST_F(BudgetReservationTest, AllSevenBudgetsOfAKeyAreSettled) {
  const RateLimits all = limits({.tokens_per_minute = 1'000,
                                 .tokens_per_day = 1'000,
                                 .site_tokens_per_day = 1'000,
                                 .money_micros_per_day = 1'000,
                                 .site_money_micros_per_day = 1'000});
  const Principal key{.kind = Principal::Kind::kApiKey,
                      .id = "k",
                      .tokens_per_day = 1'000,
                      .money_micros_per_day = 1'000};
  const RateCharges charges = all.for_budgets(key, kClient);
  EXPECT_EQ(charges.charges().size(), 7U);
  {
    BudgetReservation budget({.store = store_,
                              .rate_clock = rate_clock_,
                              .clock = clock_,
                              .sampler = sampler_,
                              .explanations = explanations_},
                             {.charges = charges, .client = kClient, .cut = {}});
    RateCharges asked;
    static_cast<void>(budget.reserve({.tokens = 5, .micros = 6}, asked));
  }
  EXPECT_EQ(store_.settled, (Costs{0, 0, 0, 0, 0, 0, 0}));
}

class GrowingReservation : public BudgetReservationTest {
 protected:
  std::uint32_t left(const RateLimits& limits, std::size_t index) {
    RateCharge charge = limits.for_budgets(kVisitor, kClient).charges()[index];
    charge.cost = 0;
    return rates_->try_decide(std::span(&charge, 1), rate_clock_.now_ms())
        .decision.quotas[0]
        .remaining;
  }
  const std::unique_ptr<store::memory::RateTable> rates_ =
      store::memory::RateTable::create(1024 * 1024).value();
  const RateLimits day_ = limits({.tokens_per_day = 1'000});
};

TEST_F(GrowingReservation, TakesStepsAndGivesBackWhatWasNotUsed) {
  BudgetReservation budget = open(day_, *rates_);
  RateCharges asked;
  EXPECT_TRUE(budget.reserve({.tokens = 100}, asked).decision.is_admitted);
  EXPECT_EQ(budget.cover({.prompt = 50, .reply = 50}), 50U);
  EXPECT_EQ(left(day_, 0), 900U);
  EXPECT_EQ(budget.cover({.prompt = 50, .reply = 51}), 51U);
  EXPECT_EQ(left(day_, 0), 835U);  // the token and a step of 64
  EXPECT_EQ(budget.cover({.prompt = 50, .reply = 115}), 115U);
  EXPECT_EQ(left(day_, 0), 835U);
  clock_.advance(std::chrono::hours(2));  // another segment of the window
  EXPECT_EQ(budget.cover({.prompt = 50, .reply = 200}), 200U);
  EXPECT_EQ(left(day_, 0), 686U);
  budget.settle({.prompt = 50, .reply = 10});
  EXPECT_EQ(left(day_, 0), 940U);
  EXPECT_TRUE(budget.refused_by().empty());
}

TEST_F(GrowingReservation, CoversWhatIsLeftAndNoTokenMore) {
  BudgetReservation other = open(day_, *rates_);
  BudgetReservation budget = open(day_, *rates_);
  RateCharges asked;
  EXPECT_TRUE(other.reserve({.tokens = 700}, asked).decision.is_admitted);
  EXPECT_TRUE(budget.reserve({.tokens = 100}, asked).decision.is_admitted);
  EXPECT_EQ(budget.cover({.prompt = 50, .reply = 5'000}), 250U);
  EXPECT_EQ(left(day_, 0), 0U);
  EXPECT_EQ(budget.refused_by(), "tokens-day");
  EXPECT_EQ(budget.cover({.prompt = 50, .reply = 5'001}), 250U);
  other.settle({});
  EXPECT_EQ(left(day_, 0), 700U);
}

TEST_F(GrowingReservation, MoneyFollowsTheModelThatAnswers) {
  const RateLimits money = limits({.money_micros_per_day = 1'000});
  BudgetReservation budget = open(money, *rates_, prices_->find("cheap").value());
  RateCharges asked;
  EXPECT_TRUE(budget.reserve({.tokens = 100, .micros = 100}, asked).decision.is_admitted);
  EXPECT_EQ(left(money, 0), 900U);
  budget.set_model("dear-2026", "dear");
  EXPECT_EQ(budget.cover({.prompt = 20, .reply = 20}), 8U);  // 200 and 800
  EXPECT_EQ(budget.refused_by(), "money-micros-day");
  budget.settle({.prompt = 20, .reply = 3});
  EXPECT_EQ(left(money, 0), 500U);
  budget.set_model("free", "");
  EXPECT_EQ(budget.cover({.prompt = 20, .reply = 20'000}), 20'000U);
}

TEST_F(GrowingReservation, TellsOfACutInLogCounterAndExplanation) {
  BudgetReservation budget = open(day_, *rates_);
  EXPECT_EQ(budget.cover({.reply = 2'000}), 1'000U);
  const auto ring = std::make_shared<telemetry::LogRing>();
  telemetry::Log log(clock_, telemetry::Level::kInfo, ring);
  telemetry::Counters counters;
  budget.note_cut(log, counters);
  EXPECT_EQ(counters.get(telemetry::Counter::kAnswersCut), 1U);
  ASSERT_EQ(explanations_.all.size(), 1U);
  EXPECT_EQ(explanations_.all[0].request_id, "r1");
  EXPECT_EQ(explanations_.all[0].evidence, "tokens-day");
}

// Answers of any length that begin, grow, end and are given up side by side, against a list of all
// that was covered and when.
TEST_F(GrowingReservation, RandomStreamsNeverTakeMoreThanTheLimitInAnyWindow) {
  constexpr std::uint64_t kLimit = 500;
  const RateLimits minute = limits({.tokens_per_minute = kLimit});
  struct Running {
    BudgetReservation budget;
    TokenCount count;
  };
  struct Shown {
    std::uint64_t at_ms;
    std::uint64_t tokens;
  };
  std::mt19937_64 chance(20'261'121);
  const auto below = [&](std::uint64_t most) { return chance() % most; };
  std::vector<Running> running;
  std::vector<Shown> shown;
  std::uint64_t cuts = 0;
  for (int step = 0; step < 20'000; ++step) {
    clock_.advance(std::chrono::milliseconds(below(400)));
    if (below(10) == 0 && running.size() < 5) {
      BudgetReservation budget = open(minute, *rates_);
      RateCharges asked;
      const std::uint64_t tokens = 1 + below(60);
      if (budget.reserve({.tokens = tokens}, asked).decision.is_admitted)
        running.push_back({std::move(budget), {}});
      continue;
    }
    if (running.empty()) continue;
    Running& each = running[below(running.size())];
    const std::uint64_t before = each.count.reply;
    each.count.reply += 1 + below(40);
    const std::uint64_t covered = each.budget.cover(each.count);
    if (covered > before) shown.push_back({rate_clock_.now_ms(), covered - before});
    const bool is_cut = covered < each.count.reply;
    cuts += is_cut ? 1 : 0;
    if (!is_cut && below(25) != 0) continue;
    each.budget.settle({.reply = covered});
    std::swap(each, running.back());
    running.pop_back();
  }
  EXPECT_GT(cuts, 50U);
  std::uint64_t in_window = 0;
  std::uint64_t most = 0;
  for (std::size_t first = 0, last = 0; last < shown.size(); ++last) {
    in_window += shown[last].tokens;
    while (shown[last].at_ms - shown[first].at_ms > 60'000) in_window -= shown[first++].tokens;
    most = std::max(most, in_window);
  }
  EXPECT_LE(most, kLimit);
  EXPECT_GT(most, kLimit / 2);
}

std::uint64_t total(const RateLimits& limits, const TokenEstimate& estimate,
                    const Price& price = {}) {
  return tokens_to_reserve(estimate, limits, Principal{}, price)->total();
}

TEST(TokensToReserve, AreWhatIsAskedForOrAGuess) {
  const RateLimits day = limits({.tokens_per_day = 10'000, .tokens_reserved = 700});
  EXPECT_EQ(total(day, {.prompt = 50}), 750U);
  EXPECT_EQ(total(day, {.prompt = 50, .choices = 3}), 2'150U);
  EXPECT_EQ(total(day, {.prompt = 50, .reply = 20}), 70U);
  EXPECT_EQ(total(day, {.prompt = 50, .reply = 20, .choices = 3}), 110U);
  EXPECT_EQ(total(day, {.prompt = 0, .reply = 0}), 1U);
}

TEST(TokensToReserve, AGuessNeverExceedsTheLimit) {
  const RateLimits minute = limits({.tokens_per_minute = 400, .tokens_per_day = 10'000});
  EXPECT_EQ(total(minute, {.prompt = 50}), 400U);
  EXPECT_EQ(total(minute, {.prompt = 400}), 400U);
}

TEST(TokensToReserve, WhatNeverFitsIsRefusedByTheMemberAtFault) {
  const RateLimits minute = limits({.tokens_per_minute = 400, .site_tokens_per_day = 10'000});
  const auto refused = [&](std::uint64_t prompt, std::uint64_t reply, std::uint32_t choices) {
    const auto tokens = tokens_to_reserve({.prompt = prompt,
                                           .prompt_field = "messages",
                                           .reply = reply,
                                           .reply_field = "max_tokens",
                                           .choices = choices},
                                          minute, Principal{});
    if (tokens) return std::string("none");
    EXPECT_EQ(tokens.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(tokens.error().action, Action::kDeny);
    EXPECT_EQ(tokens.error().evidence, "tokens-minute");
    return std::string(tokens.error().field);
  };
  EXPECT_EQ(refused(100, 300, 1), "none");
  EXPECT_EQ(refused(100, 301, 1), "max_tokens");
  EXPECT_EQ(refused(100, 151, 2), "max_tokens");
  EXPECT_EQ(refused(100, UINT64_MAX, 16), "max_tokens");
  EXPECT_EQ(refused(401, 1, 1), "messages");
  EXPECT_EQ(refused(UINT64_MAX, UINT64_MAX, 1), "messages");
}

TEST(TokensToReserve, MoneyLeavesRoomForWhatItPays) {
  const RateLimits money = limits({.tokens_per_day = 10'000, .money_micros_per_day = 500});
  const Price price{.input_micros = 1'000'000, .output_micros = 4'000'000};
  EXPECT_EQ(total(money, {.prompt = 100}, price), 200U);
  EXPECT_EQ(total(money, {.prompt = 100, .reply = 7}, price), 107U);
  EXPECT_EQ(total(money, {.prompt = 100}), 1'100U) << "what costs nothing is bounded by tokens";
  const auto refused = [&](std::uint64_t prompt, std::uint64_t reply) {
    const auto count = tokens_to_reserve(
        {.prompt = prompt, .prompt_field = "messages", .reply = reply, .reply_field = "max_tokens"},
        money, Principal{}, price);
    if (count) return std::string("none");
    EXPECT_EQ(count.error().evidence, "money-micros-day");
    return std::string(count.error().field);
  };
  EXPECT_EQ(refused(100, 100), "none");
  EXPECT_EQ(refused(100, 101), "max_tokens");
  EXPECT_EQ(refused(501, 1), "messages");
}

TEST(LimitVerdict, TellsWhichLimitAndWhoseFaultItIs) {
  const RateLimits both = limits({.tokens_per_minute = 400, .site_tokens_per_day = 10'000});
  const RateCharges charges = both.for_budgets(kVisitor, kClient);
  RateOutcome outcome{.status = RateStatus::kDecided};
  outcome.decision = {.is_admitted = false, .worst = 0, .quota_count = 2, .retry_after_s = 9};
  std::string lines;
  const auto own = verdict_of(charges, outcome, lines);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->evidence, "tokens-minute");
  EXPECT_NE(own->reason.find("tokens of this minute"), std::string_view::npos);
  EXPECT_GT(own->score, 0);
  EXPECT_EQ(own->retry_after_s, 9U);
  outcome.decision.worst = 1;
  const auto shared = verdict_of(charges, outcome, lines);
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->evidence, "site-tokens-day");
  EXPECT_EQ(shared->score, 0);
  EXPECT_NE(lines.find("\"site-tokens-day\";q=10000;w=86400"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::guard
