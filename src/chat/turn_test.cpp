#include "turn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_chat.hpp"
#include "small_budget.hpp"

namespace gatehouse::chat {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kAnna;
using testing::names_of;
using testing::take_all;
using testing::text_of;

class TurnTest : public testing::ScriptedChat {};

TEST_F(TurnTest, TheEndIsToldWhenTheReplyIsStored) {
  const auto anna = reader();
  begin(anna);
  take_all(*anna);
  store_.hold(true);
  finish();
  EXPECT_TRUE(take_all(*anna).empty());
  store_.hold(false);
  worker_.settle();
  EXPECT_THAT(names_of(take_all(*anna)), ElementsAre("end"));
  EXPECT_EQ(last_saved().status, MessageStatus::kComplete);
  EXPECT_EQ(last_saved().finish_reason, "stop");
}

TEST_F(TurnTest, AReplyThatCanNotBeStoredDoesNotEndWell) {
  const auto anna = reader();
  begin(anna);
  store_.save_error = Error{.code = ErrorCode::kUnavailable};
  finish();
  EXPECT_THAT(names_of(take_all(*anna)), ElementsAre("accepted", "delta", "error"));
}

TEST_F(TurnTest, WhatWasSaidIsSavedOnceASecond) {
  begin(reader());
  worker_.advance(milliseconds(900));
  say("two ");
  EXPECT_TRUE(store_.saved.empty());
  worker_.advance(milliseconds(200));
  say("three ");
  say("four ");
  ASSERT_EQ(store_.saved.size(), 1U);
  EXPECT_EQ(store_.saved[0].status, MessageStatus::kStreaming);
  EXPECT_EQ(store_.saved[0].text, "one two three ");
}

TEST_F(TurnTest, AReplyOutlivesItsLastReaderByTheGraceAndNoLonger) {
  const auto anna = reader();
  const auto other = reader();
  begin(anna);
  ASSERT_TRUE(*follow(other));
  service_.leave("c", anna);
  worker_.advance(2 * kGrace);
  EXPECT_EQ(responder_.closed(), 0U);  // somebody still reads
  service_.leave("c", other);
  worker_.advance(kGrace - milliseconds(10));
  EXPECT_EQ(responder_.closed(), 0U);
  worker_.advance(milliseconds(20));
  EXPECT_EQ(responder_.closed(), 1U);
  EXPECT_EQ(last_saved().status, MessageStatus::kStopped);
  EXPECT_EQ(last_saved().text, "one ");
}

TEST_F(TurnTest, AReplyGoesOnForWhoComesBackInTime) {
  const auto anna = reader();
  begin(anna);
  service_.leave("c", anna);
  worker_.advance(kGrace - milliseconds(10));
  ASSERT_TRUE(*follow(reader()));
  worker_.advance(2 * kGrace);
  EXPECT_EQ(responder_.closed(), 0U);
  finish();
  EXPECT_EQ(last_saved().status, MessageStatus::kComplete);
}

TEST_F(TurnTest, StopEndsTheBackendAtOnceAndKeepsWhatWasSaid) {
  const auto anna = reader();
  begin(anna);
  ASSERT_TRUE(*stop(kAnna));
  EXPECT_EQ(responder_.closed(), 1U);
  EXPECT_EQ(last_saved().status, MessageStatus::kStopped);
  EXPECT_EQ(last_saved().text, "one ");
  const auto seen = take_all(*anna);
  EXPECT_THAT(names_of(seen), ElementsAre("accepted", "delta", "end"));
  EXPECT_THAT(seen.back().data, HasSubstr(R"("finish_reason":"stopped")"));
}

TEST_F(TurnTest, AFailureIsToldAndStoredAsOne) {
  const auto anna = reader();
  begin(anna);
  responder_.end(fail(ErrorCode::kUpstreamTimeout, "Too slow.", "10.1.2.3 timed out"));
  worker_.settle();
  const auto seen = take_all(*anna);
  EXPECT_THAT(names_of(seen), ElementsAre("accepted", "delta", "error"));
  EXPECT_THAT(seen.back().data, HasSubstr("Too slow."));
  EXPECT_EQ(seen.back().data.find("10.1.2.3"), std::string::npos);
  EXPECT_EQ(last_saved().status, MessageStatus::kFailed);
  EXPECT_EQ(last_saved().text, "one ");
  EXPECT_EQ(counters_.get(telemetry::Counter::kTurnsFailed), 1U);
}

TEST_F(TurnTest, WhatTheBackendFindsWrongWithItsRequestStaysInside) {
  const auto anna = reader();
  begin(anna);
  responder_.end(fail(ErrorCode::kUnauthenticated, "The key of the house is wrong."));
  worker_.settle();
  const auto seen = take_all(*anna);
  EXPECT_EQ(seen.back().error->code, ErrorCode::kUpstreamFailed);
  EXPECT_EQ(seen.back().data.find("key"), std::string::npos);
}

TEST_F(TurnTest, ACutByTheGuardEndsWithContentFilterAndClosesTheBackend) {
  const auto anna = reader();
  begin(anna);
  say("now ~planted~ and more");
  EXPECT_EQ(responder_.closed(), 1U);
  const auto seen = take_all(*anna);
  EXPECT_EQ(seen.back().name, "end");
  EXPECT_THAT(seen.back().data, HasSubstr(R"("finish_reason":"content_filter")"));
  EXPECT_EQ(text_of(seen).find("planted"), std::string::npos);
  EXPECT_EQ(last_saved().finish_reason, "content_filter");
  EXPECT_EQ(last_saved().text, text_of(seen));
}

TEST_F(TurnTest, AnAnswerEndsAtItsBudgetWithWhatItPaysForAndClosesTheBackend) {
  testing::SmallBudget budget(10);
  const auto anna = reader();
  budget_ = budget.reserve(4);
  begin(anna);
  say(std::string(100, 'x'));
  EXPECT_EQ(responder_.closed(), 1U);
  const auto seen = take_all(*anna);
  EXPECT_THAT(names_of(seen), ElementsAre("accepted", "delta", "delta", "usage", "end"));
  EXPECT_EQ(text_of(seen), "one " + std::string(28, 'x'));  // 10 tokens, 2 of them the question
  EXPECT_THAT(seen.back().data, HasSubstr(R"("finish_reason":"length","budget":"tokens-day")"));
  EXPECT_EQ(last_saved().status, MessageStatus::kComplete);
  EXPECT_EQ(last_saved().finish_reason, "length");
  EXPECT_EQ(last_saved().text, text_of(seen));
  EXPECT_EQ(counters_.get(telemetry::Counter::kAnswersCut), 1U);
  EXPECT_EQ(counters_.get(telemetry::Counter::kTurnsCompleted), 1U);
  EXPECT_EQ(budget.left(), 0U);
}

}  // namespace
}  // namespace gatehouse::chat
