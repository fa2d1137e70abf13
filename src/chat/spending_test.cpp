#include "gatehouse/chat/spending.hpp"

#include <gtest/gtest.h>

#include "small_budget.hpp"

namespace gatehouse::chat {
namespace {

Prompt prompt_of(std::string text) {
  Prompt prompt;
  prompt.messages.push_back({Role::kUser, std::move(text)});
  return prompt;
}

class SpendingTest : public ::testing::Test {
 protected:
  // What of a piece goes on.
  std::string say(Spending& spending, std::string text) {
    ReplyEvent event = ReplyDelta{.text = std::move(text)};
    goes_on_ = spending.take(event);
    return std::get<ReplyDelta>(event).text;
  }
  void end(Spending& spending, const Result<void>& outcome = {}) {
    spending.settle({.cancellation = cancellation_, .deadline = Deadline::never()}, outcome);
  }

  const Prompt prompt_ = prompt_of("12345678");  // 2 tokens
  async::Cancellation cancellation_;
  testing::SmallBudget budget_{10};
  bool goes_on_ = true;
};

TEST_F(SpendingTest, WithoutABudgetItOnlyCounts) {
  Spending spending(guard::BudgetReservation(), prompt_);
  EXPECT_EQ(say(spending, std::string(100'000, 'x')).size(), 100'000U);
  EXPECT_TRUE(goes_on_);
  EXPECT_FALSE(spending.is_used_up());
  EXPECT_TRUE(spending.cut_by().empty());
}

TEST_F(SpendingTest, WhatIsGivenAgainCostsNothing) {
  Spending spending(budget_.reserve(4), prompt_);
  ReplyEvent start = ReplyStart{.responder = "openai", .cache = CacheOutcome::kHit};
  EXPECT_TRUE(spending.take(start));
  EXPECT_EQ(say(spending, std::string(100, 'x')).size(), 100U);
  EXPECT_TRUE(goes_on_);
  ReplyEvent usage = Usage{.prompt_tokens = 7, .completion_tokens = 50};
  EXPECT_TRUE(spending.take(usage));
  end(spending);
  EXPECT_EQ(budget_.left(), 10U);
  EXPECT_EQ(spending.meter().completion_tokens(), 0U);
  Spending asked(budget_.reserve(4), prompt_);
  start = ReplyStart{.responder = "openai", .cache = CacheOutcome::kMiss};
  EXPECT_TRUE(asked.take(start));
  say(asked, "12345678");
  end(asked);
  EXPECT_EQ(budget_.left(), 6U);
}

TEST_F(SpendingTest, TakesMoreBeforeItIsSeenAndGivesTheRestBack) {
  Spending spending(budget_.reserve(4), prompt_);
  EXPECT_EQ(budget_.left(), 6U);
  EXPECT_EQ(say(spending, "12345678"), "12345678");
  EXPECT_EQ(budget_.left(), 6U);
  EXPECT_EQ(say(spending, "1"), "1");
  EXPECT_TRUE(goes_on_);
  EXPECT_EQ(budget_.left(), 1U);  // the token and a step of 4
  end(spending);
  EXPECT_EQ(budget_.left(), 5U);
}

TEST_F(SpendingTest, CutsAtTheLastTokenAndNeverWithinACharacter) {
  Spending spending(budget_.reserve(4), prompt_);
  EXPECT_EQ(say(spending, std::string(29, 'x')), std::string(29, 'x'));  // 8 of 8 tokens
  EXPECT_TRUE(goes_on_);
  EXPECT_EQ(say(spending, "é世世世"), "é");  // three bytes would end within the next
  EXPECT_FALSE(goes_on_);
  EXPECT_TRUE(spending.is_used_up());
  EXPECT_EQ(spending.cut_by(), "tokens-day");
  EXPECT_EQ(budget_.left(), 0U);
}

TEST_F(SpendingTest, TellsOfTheCutOnce) {
  Spending spending(budget_.reserve(4), prompt_);
  say(spending, std::string(100, 'x'));
  EXPECT_FALSE(goes_on_);
  say(spending, "behind it");
  EXPECT_TRUE(goes_on_);
  telemetry::Counters counters;
  telemetry::Log log(FakeClock(), telemetry::Level::kError, std::make_shared<telemetry::LogRing>());
  spending.note_cut(log, counters);
  EXPECT_EQ(budget_.explained(), 1U);
  EXPECT_EQ(spending.usage().prompt_tokens, 2U);
  EXPECT_EQ(spending.usage().completion_tokens, 28U);  // also what came behind
}

TEST_F(SpendingTest, AToolCallThatIsTooLongGoesWithoutItsArguments) {
  Spending spending(budget_.reserve(4), prompt_);
  ReplyEvent event = ToolCallDelta{.id = "c", .name = "f", .arguments = std::string(100, '1')};
  EXPECT_FALSE(spending.take(event));
  EXPECT_TRUE(std::get<ToolCallDelta>(event).arguments.empty());
}

TEST_F(SpendingTest, WhatTheBackendSaysSoFarCountsWhenItIsMore) {
  Spending spending(budget_.reserve(4), prompt_);
  ReplyEvent told = Usage{.prompt_tokens = 5, .completion_tokens = 900};
  EXPECT_TRUE(spending.take(told));
  EXPECT_EQ(say(spending, "more"), "");
  EXPECT_FALSE(goes_on_);
}

TEST_F(SpendingTest, ABackendThatRefusesCostsNothing) {
  Spending spending(budget_.reserve(4), prompt_);
  end(spending, fail(ErrorCode::kUpstreamFailed, "It failed."));
  EXPECT_EQ(budget_.left(), 10U);
}

}  // namespace
}  // namespace gatehouse::chat
