#include "gatehouse/guard/token_reservation.hpp"

#include <gtest/gtest.h>

#include <vector>

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

class TokenReservationTest : public testing::Test {
 protected:
  TokenReservation reserve(std::uint64_t tokens) {
    const RateCharges charges = limits_.for_tokens(kVisitor, kClient, tokens);
    return {store_, charges, store_.try_decide(charges.charges(), 1), tokens};
  }
  const RateLimits limits_ = limits({.tokens_per_minute = 1'000,
                                     .tokens_per_day = 100'000,
                                     .site_tokens_per_day = std::uint64_t{1} << 40});
  NotingStore store_;
};

TEST_F(TokenReservationTest, SettlesEachLimitInItsOwnUnits) {
  TokenReservation tokens = reserve(500);
  EXPECT_EQ(tokens.tokens(), 500U);
  tokens.settle(300'000);
  EXPECT_EQ(store_.settled, (Costs{300'000, 300'000, 3}));  // 2^17 tokens a unit, rounded up
}

TEST_F(TokenReservationTest, SettlesOnce) {
  {
    TokenReservation tokens = reserve(500);
    tokens.settle(7);
    tokens.settle(8);
  }
  EXPECT_EQ(store_.settled, (Costs{7, 7, 1}));
}

TEST_F(TokenReservationTest, GivesAllBackWhenItGoesUnsettled) {
  {
    const TokenReservation tokens = reserve(500);
  }
  EXPECT_EQ(store_.settled, (Costs{0, 0, 0}));
}

TEST_F(TokenReservationTest, MovesWithoutSettling) {
  TokenReservation second;
  {
    TokenReservation first = reserve(500);
    second = std::move(first);
  }
  EXPECT_TRUE(store_.settled.empty());
  second.settle(9);
  EXPECT_EQ(store_.settled, (Costs{9, 9, 1}));
}

TEST_F(TokenReservationTest, SettlesNothingThatAFailModeHasNotCounted) {
  const RateCharges charges = limits_.for_tokens(kVisitor, kClient, 500);
  RateOutcome uncounted{.status = RateStatus::kDecided, .decision = {}, .is_degraded = true};
  uncounted.decision.is_admitted = true;
  {
    const TokenReservation tokens(store_, charges, uncounted, 500);
  }
  EXPECT_TRUE(store_.settled.empty());
}

TEST(TokensToReserve, AreWhatIsAskedForOrAGuess) {
  const RateLimits day = limits({.tokens_per_day = 10'000, .tokens_reserved = 700});
  EXPECT_EQ(tokens_to_reserve({.prompt = 50}, day, Principal{}), 750U);
  EXPECT_EQ(tokens_to_reserve({.prompt = 50, .choices = 3}, day, Principal{}), 2'150U);
  EXPECT_EQ(tokens_to_reserve({.prompt = 50, .reply = 20}, day, Principal{}), 70U);
  EXPECT_EQ(tokens_to_reserve({.prompt = 50, .reply = 20, .choices = 3}, day, Principal{}), 110U);
  EXPECT_EQ(tokens_to_reserve({.prompt = 0, .reply = 0}, day, Principal{}), 1U);
}

TEST(TokensToReserve, AGuessNeverExceedsTheLimit) {
  const RateLimits minute = limits({.tokens_per_minute = 400, .tokens_per_day = 10'000});
  EXPECT_EQ(tokens_to_reserve({.prompt = 50}, minute, Principal{}), 400U);
  EXPECT_EQ(tokens_to_reserve({.prompt = 400}, minute, Principal{}), 400U);
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

TEST(LimitVerdict, TellsWhichLimitAndWhoseFaultItIs) {
  const RateLimits both = limits({.tokens_per_minute = 400, .site_tokens_per_day = 10'000});
  const RateCharges charges = both.for_tokens(kVisitor, kClient, 1);
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
