#include "gatehouse/chat/token_meter.hpp"

#include <gtest/gtest.h>

namespace gatehouse::chat {
namespace {

class TokenMeterTest : public testing::Test {
 protected:
  TokenMeterTest() {
    prompt_.messages = {{Role::kUser, "ten bytes."}, {Role::kUser, "and one"}};  // 17 bytes
    exchange_.was_asked = true;
  }
  std::uint64_t spent(const Result<void>& outcome = {}, std::uint64_t reserved = 500) const {
    const auto [count, is_least_reserved] = meter_.spent(prompt_bytes(prompt_), exchange_, outcome);
    return is_least_reserved ? std::max(count.total(), reserved) : count.total();
  }
  static Result<void> failed(ErrorCode code) { return fail(code, "It failed."); }

  Prompt prompt_;
  async::Cancellation cancellation_;
  Exchange exchange_{.cancellation = cancellation_, .deadline = Deadline::never()};
  TokenMeter meter_;
};

TEST_F(TokenMeterTest, CountsFourBytesATokenRoundedUp) {
  EXPECT_EQ(tokens_of_bytes(0), 0U);
  EXPECT_EQ(tokens_of_bytes(1), 1U);
  EXPECT_EQ(tokens_of_bytes(8), 2U);
  EXPECT_EQ(tokens_of_bytes(UINT64_MAX), (std::uint64_t{1} << 62));
  EXPECT_EQ(prompt_tokens(prompt_), 5U);
}

TEST_F(TokenMeterTest, BelievesTheBackend) {
  meter_.note(ReplyDelta{.text = std::string(4'000, 'x')});
  meter_.note(Usage{.prompt_tokens = 7, .completion_tokens = 5, .details_json = {}});
  EXPECT_EQ(spent(), 12U);
  EXPECT_EQ(meter_.prompt_tokens(), 7U);
  EXPECT_EQ(meter_.completion_tokens(), 5U);
}

TEST_F(TokenMeterTest, CountsWhereTheBackendSaysNothing) {
  meter_.note(ReplyStart{});
  meter_.note(ReplyDelta{.text = "12345"});
  meter_.note(ReplyDelta{.lane = Lane::kReasoning, .text = "12345"});
  meter_.note(ToolCallDelta{.name = "name", .arguments = "{}"});
  meter_.note(Usage{});
  EXPECT_EQ(spent(), 9U);  // 17 + 16 bytes
}

TEST_F(TokenMeterTest, AnAbsurdUsageStaysANumber) {
  meter_.note(
      Usage{.prompt_tokens = UINT64_MAX, .completion_tokens = UINT64_MAX, .details_json = {}});
  EXPECT_EQ(spent(), std::uint64_t{1} << 61);
}

TEST_F(TokenMeterTest, ABackendThatRefusesCostsNothing) {
  EXPECT_EQ(spent(failed(ErrorCode::kUpstreamFailed)), 0U);
  EXPECT_EQ(spent(failed(ErrorCode::kRateLimited)), 0U);
}

TEST_F(TokenMeterTest, WhatWasNeverSentCostsNothing) {
  exchange_.was_asked = false;
  EXPECT_EQ(spent(failed(ErrorCode::kUpstreamTimeout)), 0U);
  EXPECT_EQ(spent(failed(ErrorCode::kCancelled)), 0U);
}

TEST_F(TokenMeterTest, LeavingBeforeTheAnswerDoesNotGiveTheReservationBack) {
  EXPECT_EQ(spent(failed(ErrorCode::kCancelled)), 500U);
  EXPECT_EQ(spent(failed(ErrorCode::kUpstreamTimeout)), 500U);
  EXPECT_EQ(spent(failed(ErrorCode::kCancelled), 2), 5U);
}

TEST_F(TokenMeterTest, WhatBreaksOffCostsWhatCame) {
  meter_.note(ReplyDelta{.text = std::string(83, 'x')});
  EXPECT_EQ(spent(failed(ErrorCode::kCancelled)), 25U);
  EXPECT_EQ(spent(failed(ErrorCode::kUpstreamFailed)), 25U);
  // A running total that stood at 3 when it broke off.
  meter_.note(Usage{.prompt_tokens = 2, .completion_tokens = 1, .details_json = {}});
  EXPECT_EQ(spent(failed(ErrorCode::kContentBlocked)), 25U);
}

}  // namespace
}  // namespace gatehouse::chat
