#include "gatehouse/chat/chat_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_chat.hpp"

namespace gatehouse::chat {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kBen;
using testing::names_of;
using testing::take_all;
using testing::text_of;

class ChatServiceTest : public testing::ScriptedChat {};

class JustStarted : public testing::ScriptedChat {
 protected:
  JustStarted() : ScriptedChat(Duration::zero()) {}
};

TEST_F(JustStarted, TheStoreIsAskedBeforeTheBackend) {
  Sent sent;
  store_.hold(true);
  send(sent, reader());
  EXPECT_EQ(responder_.asked(), 0U);  // the process before may have accepted the message
  store_.hold(false);
  worker_.settle();
  EXPECT_TRUE(sent && *sent);
  EXPECT_EQ(responder_.asked(), 1U);
}

TEST_F(ChatServiceTest, NothingIsToldBeforeTheMessageIsStored) {
  const auto anna = reader();
  Sent sent;
  store_.hold(true);
  send(sent, anna);
  say("hello");
  EXPECT_EQ(responder_.asked(), 1U);  // the backend works meanwhile
  EXPECT_FALSE(sent);
  EXPECT_TRUE(take_all(*anna).empty());

  store_.hold(false);
  worker_.settle();
  ASSERT_TRUE(sent && *sent);
  const auto seen = take_all(*anna);
  EXPECT_THAT(names_of(seen), ElementsAre("accepted", "delta"));
  EXPECT_THAT(seen[0].data, HasSubstr((*sent)->reply_id));
}

TEST_F(ChatServiceTest, AMessageThatIsNotStoredShowsNothingAndClosesTheBackend) {
  const auto anna = reader();
  Sent sent;
  store_.hold(true);
  send(sent, anna);
  say("hello");
  store_.accept_error = Error{.code = ErrorCode::kUnavailable};
  store_.hold(false);
  worker_.settle();
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(responder_.closed(), 1U);
  EXPECT_TRUE(take_all(*anna).empty());
  EXPECT_TRUE(store_.saved.empty());
  EXPECT_FALSE(service_.live_reply("c"));
}

TEST_F(ChatServiceTest, EventsComeInOrderAndOnce) {
  const auto anna = reader();
  send(first_, anna);
  responder_.push(ReplyStart{.responder = "scripted", .model = {}});
  say("one ");
  responder_.push(Citation{.number = 1});
  say("two");
  responder_.push(Usage{.prompt_tokens = 3, .completion_tokens = 2, .details_json = {}});
  finish();
  const auto seen = take_all(*anna);
  EXPECT_THAT(names_of(seen),
              ElementsAre("accepted", "start", "delta", "citation", "delta", "usage", "end"));
  EXPECT_EQ(text_of(seen), "one two");
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].offset, i + 1);
  EXPECT_EQ(last_saved().text, "one two");
  EXPECT_EQ(last_saved().citations.size(), 1U);
}

TEST_F(ChatServiceTest, WhoComesBackMissesNothingAndSeesNothingTwice) {
  const auto anna = reader();
  begin(anna);
  say("two ");
  const auto position = service_.live_reply("c")->position;
  service_.leave("c", anna);
  say("three ");
  std::vector<std::shared_ptr<Subscription>> back;
  for (std::uint64_t after = 0; after <= position.offset; ++after) {
    back.push_back(reader());
    ASSERT_TRUE(*follow(back.back(), StreamPosition{position.epoch, after}));
  }
  say("four");
  finish();
  const auto first_half = take_all(*anna);
  EXPECT_EQ(first_half.back().offset, position.offset);
  for (std::uint64_t after = 0; after <= position.offset; ++after) {
    EXPECT_EQ(back[after]->begin_notice, "");
    const auto seen = take_all(*back[after]);
    ASSERT_EQ(seen.size(), 6 - after);
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].offset, after + 1 + i);
    EXPECT_EQ(seen.back().name, "end");
  }
}

TEST_F(ChatServiceTest, AnIdOfAnotherLifeBeginsAnew) {
  begin(reader());
  const auto back = reader();
  ASSERT_TRUE(*follow(back, StreamPosition{"another", 1}));
  EXPECT_NE(back->begin_notice, "");
  EXPECT_EQ(back->joined_at, service_.live_reply("c")->position.offset);
  say("two");
  EXPECT_EQ(text_of(take_all(*back)), "two");
  EXPECT_EQ(counters_.get(telemetry::Counter::kStreamResets), 1U);
}

TEST_F(ChatServiceTest, OthersSeeNoConversationHere) {
  begin(reader());
  const auto ben = reader();
  EXPECT_EQ(follow(ben, {}, kBen)->error().code, ErrorCode::kNotFound);
  EXPECT_EQ(stop(kBen)->error().code, ErrorCode::kNotFound);
  say("two");
  EXPECT_TRUE(take_all(*ben).empty());
  EXPECT_EQ(responder_.closed(), 0U);
}

TEST_F(ChatServiceTest, AMessageThatComesTwiceIsAskedOnce) {
  const auto anna = reader();
  begin(anna);
  Sent again;
  const auto second = reader();
  send(again, second, "m1");
  ASSERT_TRUE(again && *again);
  EXPECT_EQ((*again)->reply_id, (*first_)->reply_id);
  say("two");
  finish();
  const auto seen = take_all(*anna);
  const auto seen_again = take_all(*second);
  EXPECT_THAT(names_of(seen_again), ElementsAre("accepted", "delta", "delta", "end"));
  EXPECT_EQ(text_of(seen_again), text_of(seen));

  Sent late;
  const auto third = reader();
  send(late, third, "m1");
  ASSERT_TRUE(late && *late);
  const auto kept = take_all(*third);
  EXPECT_THAT(names_of(kept), ElementsAre("accepted", "delta", "end"));
  EXPECT_EQ(text_of(kept), "one two");
  EXPECT_EQ(responder_.asked(), 1U);
}

TEST_F(ChatServiceTest, AMessageThatComesAgainMuchLaterIsShownTheReplyItHad) {
  const auto earlier = reader();
  begin(earlier);
  finish();
  service_.leave("c", earlier);
  worker_.advance(minutes(6));
  service_.sweep();
  Sent late;
  const auto anna = reader();
  send(late, anna, "m1");
  ASSERT_TRUE(late && *late);
  EXPECT_EQ((*late)->reply_id, (*first_)->reply_id);
  EXPECT_EQ(text_of(take_all(*anna)), "one ");
  EXPECT_EQ(responder_.closed(), responder_.asked() - 1);  // nobody waits for another answer
  EXPECT_EQ(store_.saved.size(), 1U);
}

TEST_F(ChatServiceTest, TheNextMessageIsAskedWithWhatWasSaidBefore) {
  begin(reader());
  finish();
  Sent next;
  send(next, reader(), "m2", false);
  ASSERT_TRUE(next && *next);
  ASSERT_EQ(responder_.asked(), 2U);
  EXPECT_THAT(responder_.last_prompt(), ElementsAre("question", "one ", "question"));
}

TEST_F(ChatServiceTest, ASlowReaderIsCutAndOthersGoOn) {
  const auto slow = reader(400);
  const auto quick = reader();
  begin(slow);
  ASSERT_TRUE(*follow(quick));
  for (int i = 0; i < 8; ++i) say("more ");
  finish();
  EXPECT_TRUE(slow->is_overrun());
  EXPECT_FALSE(quick->is_overrun());
  const auto all = take_all(*quick);
  ASSERT_EQ(all.size(), 11U);

  // What it missed is kept: with its last id it comes back for the rest.
  auto seen = take_all(*slow);
  ASSERT_LT(seen.size(), all.size());
  service_.leave("c", slow);
  const auto back = reader();
  ASSERT_TRUE(*follow(back, StreamPosition{slow->epoch, seen.back().offset}));
  for (auto& item : take_all(*back)) seen.push_back(std::move(item));
  ASSERT_EQ(seen.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(seen[i].offset, all[i].offset);
}

TEST_F(ChatServiceTest, DrainingLetsRepliesEndAndBeginsNone) {
  const auto anna = reader();
  begin(anna);
  tasks_.spawn("drain", service_.drain(worker_->in(seconds(10))));
  Sent late;
  send(late, reader(), "m2", false);
  EXPECT_EQ(late->error().code, ErrorCode::kUnavailable);
  say("two");
  finish();
  EXPECT_EQ(tasks_.size(), 0U);
  EXPECT_EQ(last_saved().status, MessageStatus::kComplete);
  EXPECT_TRUE(anna->has_ended());
}

TEST_F(ChatServiceTest, WhatIsLeftAtTheEndOfTheDrainIsKeptAsInterrupted) {
  const auto anna = reader();
  begin(anna);
  tasks_.spawn("drain", service_.drain(worker_->in(seconds(10))));
  worker_.advance(seconds(11));
  EXPECT_EQ(tasks_.size(), 0U);
  EXPECT_EQ(responder_.closed(), 1U);
  EXPECT_EQ(last_saved().status, MessageStatus::kInterrupted);
  EXPECT_EQ(take_all(*anna).back().name, "error");
}

}  // namespace
}  // namespace gatehouse::chat
