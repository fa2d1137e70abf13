#include "conversation_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_chat.hpp"

namespace gatehouse::chat {
namespace {

using ::testing::ElementsAre;

class StreamTest : public ::testing::Test {
 protected:
  static constexpr ConversationStream::Limits kLimits{
      .history_events = 4, .history_bytes = 1000, .subscribers = 2};

  static std::shared_ptr<Subscription> reader_on(
      async::testing::SteppedWorker& worker,
      Subscription::Wants wants = Subscription::Wants::kEverything) {
    return std::make_shared<Subscription>(*worker, std::size_t{100'000}, wants);
  }
  void append(int count, std::size_t bytes = 10) {
    for (int i = 0; i < count; ++i)
      stream_.append({.name = "delta", .data = std::string(bytes, 'x')});
  }
  static std::vector<std::uint64_t> offsets_of(Subscription& subscription) {
    std::vector<std::uint64_t> offsets;
    for (const auto& item : testing::take_all(subscription)) offsets.push_back(item.offset);
    return offsets;
  }

  async::testing::SteppedWorker worker_;
  async::testing::SteppedWorker elsewhere_;
  ConversationStream stream_{*worker_, Owner{}, "epoch", kLimits};
};

TEST_F(StreamTest, WhoIsTooLateForTheHistoryBeginsAnew) {
  append(6);  // 3 to 6 are kept
  const auto late = reader_on(worker_);
  ASSERT_TRUE(stream_.join(late, StreamPosition{"epoch", 1}, 0));
  EXPECT_NE(late->begin_notice, "");
  EXPECT_EQ(late->joined_at, 6U);
  const auto in_time = reader_on(worker_);
  ASSERT_TRUE(stream_.join(in_time, StreamPosition{"epoch", 2}, 0));
  EXPECT_EQ(in_time->begin_notice, "");
  append(1);
  EXPECT_THAT(offsets_of(*late), ElementsAre(7));
  EXPECT_THAT(offsets_of(*in_time), ElementsAre(3, 4, 5, 6, 7));
}

TEST_F(StreamTest, TheHistoryIsBoundInBytes) {
  append(3, 400);  // the latest two fit
  const auto late = reader_on(worker_);
  ASSERT_TRUE(stream_.join(late, StreamPosition{"epoch", 0}, 0));
  EXPECT_NE(late->begin_notice, "");
  const auto in_time = reader_on(worker_);
  ASSERT_TRUE(stream_.join(in_time, StreamPosition{"epoch", 1}, 0));
  EXPECT_THAT(offsets_of(*in_time), ElementsAre(2, 3));
}

TEST_F(StreamTest, AnEventLargerThanTheHistoryStillReachesWhoReads) {
  const auto reader = reader_on(worker_);
  ASSERT_TRUE(stream_.join(reader, std::nullopt, 0));
  append(1, 5000);
  EXPECT_THAT(offsets_of(*reader), ElementsAre(1));
  EXPECT_EQ(stream_.last_offset(), 1U);
}

TEST_F(StreamTest, AnIdThatIsYetToComeBeginsAnew) {
  append(2);
  for (const std::uint64_t ahead : {std::uint64_t{3}, UINT64_MAX}) {
    const auto reader = reader_on(worker_);
    ASSERT_TRUE(stream_.join(reader, StreamPosition{"epoch", ahead}, 0));
    EXPECT_NE(reader->begin_notice, "");
    EXPECT_EQ(reader->joined_at, 2U);
    stream_.leave(reader);
  }
}

TEST_F(StreamTest, AReaderOnAnotherWorkerGetsWhatItMissedAndWhatComesInOrder) {
  append(2);
  const auto reader = reader_on(elsewhere_);
  ASSERT_TRUE(stream_.join(reader, StreamPosition{"epoch", 0}, 0));
  append(2);
  EXPECT_TRUE(offsets_of(*reader).empty());  // its worker alone touches its queue
  elsewhere_.settle();
  EXPECT_THAT(offsets_of(*reader), ElementsAre(1, 2, 3, 4));
  stream_.end_all();
  EXPECT_FALSE(reader->has_ended());
  elsewhere_.settle();
  EXPECT_TRUE(reader->has_ended());
  EXPECT_FALSE(stream_.has_followers());
}

TEST_F(StreamTest, NoMoreReadersThanItsLimitAndARefusedOneGetsNothing) {
  const auto first = reader_on(worker_);
  ASSERT_TRUE(stream_.join(first, std::nullopt, 0));
  ASSERT_TRUE(stream_.join(reader_on(worker_), std::nullopt, 0));
  const auto third = reader_on(worker_);
  const auto refused = stream_.join(third, std::nullopt, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  append(1);
  EXPECT_TRUE(offsets_of(*third).empty());
  stream_.leave(first);
  EXPECT_TRUE(stream_.join(third, std::nullopt, 0));
}

TEST_F(StreamTest, WhoLeftGetsNothingMore) {
  const auto reader = reader_on(worker_);
  ASSERT_TRUE(stream_.join(reader, std::nullopt, 0));
  append(1);
  stream_.leave(reader);
  append(1);
  EXPECT_THAT(offsets_of(*reader), ElementsAre(1));
}

TEST_F(StreamTest, WhoWantsTheEndOnlyIsNotFilledWithTheRest) {
  const auto reader = reader_on(worker_, Subscription::Wants::kEndOnly);
  ASSERT_TRUE(stream_.join(reader, std::nullopt, 0));
  append(3, 90'000);
  stream_.append(encode_end("reply", "stop"));
  EXPECT_THAT(offsets_of(*reader), ElementsAre(4));
  EXPECT_FALSE(reader->is_overrun());
}

TEST_F(StreamTest, WhatIsShownOnceGoesToOneReaderAndIsNotKept) {
  const auto other = reader_on(worker_);
  ASSERT_TRUE(stream_.join(other, std::nullopt, 0));
  append(1);
  const auto reader = reader_on(worker_);
  stream_.show_once(reader, {encode_end("reply", "stop")});
  EXPECT_THAT(offsets_of(*reader), ElementsAre(1));  // where it may go on from
  EXPECT_THAT(offsets_of(*other), ElementsAre(1));
  EXPECT_EQ(stream_.last_offset(), 1U);
}

TEST(Subscription, WakesItsReaderWhileThereIsSomethingToSee) {
  async::testing::SteppedWorker worker;
  Subscription subscription(*worker, 150);
  SharedItem item;
  EXPECT_FALSE(subscription.take(item));
  EXPECT_FALSE(subscription.changed().is_set());
  const auto one = std::make_shared<const StreamItem>(StreamItem{.name = "delta", .data = "{}"});
  subscription.deliver({one, one});
  EXPECT_TRUE(subscription.changed().is_set());
  EXPECT_TRUE(subscription.take(item));
  EXPECT_TRUE(subscription.take(item));
  EXPECT_FALSE(subscription.take(item));
  EXPECT_FALSE(subscription.changed().is_set());

  // What has been taken makes room; one too many cuts for good, and stays to be seen.
  subscription.deliver({one, one});
  EXPECT_FALSE(subscription.is_overrun());
  subscription.deliver({one});
  EXPECT_TRUE(subscription.is_overrun());
  EXPECT_TRUE(subscription.take(item));
  EXPECT_TRUE(subscription.take(item));
  subscription.deliver({one});
  EXPECT_FALSE(subscription.take(item));
  EXPECT_TRUE(subscription.changed().is_set());
}

}  // namespace
}  // namespace gatehouse::chat
