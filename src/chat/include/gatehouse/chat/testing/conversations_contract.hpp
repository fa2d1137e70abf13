// What every store of conversations promises. A back end runs it with
// INSTANTIATE_TEST_SUITE_P(Name, ConversationsContract, testing::Values(make_mine)).
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gatehouse/chat/conversations.hpp"
#include "gatehouse/chat/testing/answer_of.hpp"

namespace gatehouse::chat::testing {

// A store of its own with all that keeps it alive; empty when it is made.
class ConversationsUnderTest {
 public:
  virtual ~ConversationsUnderTest() = default;
  virtual Conversations& port() = 0;
};

using MakeConversations = std::function<std::unique_ptr<ConversationsUnderTest>()>;

inline const Owner kAnna{.site = "default", .principal = "visitor:anna"};
inline const Owner kBen{.site = "default", .principal = "visitor:ben"};
inline const Owner kAnnaElsewhere{.site = "other", .principal = "visitor:anna"};

inline WallTime at_minute(std::int64_t minute) {
  return WallTime{std::chrono::milliseconds(1'800'000'000'000)} + std::chrono::minutes(minute);
}

constexpr std::int64_t kLifetimeMinutes = 1000;

// The nth message of a conversation; the first begins it.
inline NewMessage message_of(const Owner& owner, const std::string& conversation, int number,
                             std::int64_t minute = 0) {
  const auto name = conversation + "-" + std::to_string(number);
  return {.owner = owner,
          .conversation_id = number == 1 ? "" : conversation,
          .new_conversation_id = number == 1 ? conversation : "",
          .message_id = "message-" + name,
          .reply_id = "reply-" + name,
          .text = "question " + name,
          .tags = {"tag"},
          .metadata_json = R"({"page":"/prices"})",
          .now = at_minute(minute),
          .expires_at = at_minute(minute + kLifetimeMinutes),
          .history_limit = 10};
}

inline StoredReply reply_to(const NewMessage& message, MessageStatus status, std::string text) {
  return {.site = message.owner.site,
          .conversation_id = message.conversation_id.empty() ? message.new_conversation_id
                                                             : message.conversation_id,
          .reply_id = message.reply_id,
          .text = std::move(text),
          .status = status,
          .finish_reason = status == MessageStatus::kComplete ? "stop" : "",
          .citations = {},
          .usage_json = {},
          .now = message.now,
          .expires_at = message.expires_at};
}

class ConversationsContract : public ::testing::TestWithParam<MakeConversations> {
 protected:
  using Page = Result<ConversationPage>;

  Result<AcceptedMessage> accept(const NewMessage& message) {
    return answer_of([&](async::Worker& home) { return port().accept(home, message); });
  }
  Result<void> save(const StoredReply& reply) {
    return answer_of([&](async::Worker& home) { return port().save_reply(home, reply); });
  }
  Result<Conversation> read(const Owner& owner, const std::string& id) {
    return answer_of([&](async::Worker& home) { return port().read(home, owner, id); });
  }
  Page list(const Owner& owner, const std::string& after = {}, std::uint32_t limit = 50) {
    return answer_of([&](async::Worker& home) { return port().list(home, owner, after, limit); });
  }
  Result<void> remove(const Owner& owner, const std::string& id) {
    return answer_of([&](async::Worker& home) { return port().remove(home, owner, id); });
  }
  Result<void> remove_message(const Owner& owner, const std::string& conversation,
                              const std::string& id) {
    return answer_of(
        [&](async::Worker& home) { return port().remove_message(home, owner, conversation, id); });
  }
  Result<std::uint64_t> remove_expired(WallTime now) {
    return answer_of([&](async::Worker& home) { return port().remove_expired(home, now); });
  }
  void exchange(const NewMessage& message, const std::string& answer) {
    ASSERT_TRUE(accept(message));
    ASSERT_TRUE(save(reply_to(message, MessageStatus::kComplete, answer)));
  }
  static std::vector<std::string> ids_of(const Page& page) {
    std::vector<std::string> ids;
    for (const auto& summary : page->conversations) ids.push_back(summary.id);
    return ids;
  }
  Conversations& port() { return store_->port(); }

 private:
  std::unique_ptr<ConversationsUnderTest> store_ = GetParam()();
};

TEST_P(ConversationsContract, BeginsAConversationWithItsFirstMessage) {
  const auto accepted = accept(message_of(kAnna, "c", 1));
  ASSERT_TRUE(accepted) << accepted.error().for_log();
  EXPECT_EQ(accepted->conversation_id, "c");
  EXPECT_EQ(accepted->reply_id, "reply-c-1");
  EXPECT_FALSE(accepted->was_known);
  EXPECT_TRUE(accepted->history.empty());

  const auto conversation = read(kAnna, "c");
  ASSERT_TRUE(conversation) << conversation.error().for_log();
  EXPECT_EQ(conversation->summary.title, "question c-1");
  EXPECT_EQ(conversation->summary.messages, 2U);
  EXPECT_EQ(conversation->summary.created_at, at_minute(0));
  EXPECT_EQ(conversation->summary.updated_at, at_minute(0));
  EXPECT_EQ(conversation->summary.expires_at, at_minute(kLifetimeMinutes));
  ASSERT_EQ(conversation->messages.size(), 2U);
  EXPECT_EQ(conversation->messages[0].id, "message-c-1");
  EXPECT_EQ(conversation->messages[0].role, Role::kUser);
  EXPECT_EQ(conversation->messages[0].status, MessageStatus::kComplete);
  EXPECT_EQ(conversation->messages[1].id, "reply-c-1");
  EXPECT_EQ(conversation->messages[1].role, Role::kAssistant);
  EXPECT_EQ(conversation->messages[1].status, MessageStatus::kStreaming);
  EXPECT_EQ(conversation->messages[1].text, "");
}

TEST_P(ConversationsContract, KeepsAReplyAsItWasSaved) {
  const auto message = message_of(kAnna, "c", 1);
  ASSERT_TRUE(accept(message));
  auto reply = reply_to(message, MessageStatus::kComplete, std::string("a\0\"\\ Grüße 🙂\n", 17));
  reply.citations = {{.number = 1,
                      .document_id = "d1",
                      .file = "a/b.md",
                      .title = "T \"1\"",
                      .heading = "A > B",
                      .start = 5,
                      .end = 9,
                      .quote = "quote 🙂"},
                     {.number = 2}};
  reply.usage_json = R"({"total_tokens":7})";
  reply.now = at_minute(3);
  reply.expires_at = at_minute(9);
  ASSERT_TRUE(save(reply));

  const auto conversation = read(kAnna, "c");
  ASSERT_TRUE(conversation);
  EXPECT_EQ(conversation->summary.updated_at, at_minute(3));
  EXPECT_EQ(conversation->summary.expires_at, at_minute(9));
  const auto& kept = conversation->messages.at(1);
  EXPECT_EQ(kept.text, reply.text);
  EXPECT_EQ(kept.status, MessageStatus::kComplete);
  EXPECT_EQ(kept.finish_reason, "stop");
  EXPECT_EQ(kept.usage_json, R"({"total_tokens":7})");
  EXPECT_EQ(kept.created_at, at_minute(0));
  ASSERT_EQ(kept.citations.size(), 2U);
  EXPECT_EQ(kept.citations[0].number, 1U);
  EXPECT_EQ(kept.citations[0].document_id, "d1");
  EXPECT_EQ(kept.citations[0].file, "a/b.md");
  EXPECT_EQ(kept.citations[0].title, "T \"1\"");
  EXPECT_EQ(kept.citations[0].heading, "A > B");
  EXPECT_EQ(kept.citations[0].start, 5U);
  EXPECT_EQ(kept.citations[0].end, 9U);
  EXPECT_EQ(kept.citations[0].quote, "quote 🙂");
}

TEST_P(ConversationsContract, GivesTheLatestCompleteMessagesAsHistory) {
  exchange(message_of(kAnna, "c", 1), "answer 1");
  const auto second = message_of(kAnna, "c", 2);
  ASSERT_TRUE(accept(second));
  ASSERT_TRUE(save(reply_to(second, MessageStatus::kFailed, "half")));
  exchange(message_of(kAnna, "c", 3), "");
  exchange(message_of(kAnna, "c", 4), "answer 4");

  auto next = message_of(kAnna, "c", 5);
  next.history_limit = 4;
  const auto accepted = accept(next);
  ASSERT_TRUE(accepted);
  std::vector<std::string> texts;
  for (const auto& message : accepted->history) texts.push_back(message.text);
  EXPECT_EQ(texts,
            (std::vector<std::string>{"question c-2", "question c-3", "question c-4", "answer 4"}));
}

TEST_P(ConversationsContract, AcceptsAMessageOnce) {
  exchange(message_of(kAnna, "c", 1), "answer 1");
  const auto second = message_of(kAnna, "c", 2);
  ASSERT_TRUE(accept(second));
  for (const auto status : {MessageStatus::kStreaming, MessageStatus::kComplete}) {
    ASSERT_TRUE(save(reply_to(second, status, "answer 2")));
    auto again = second;
    again.reply_id = "reply-of-the-second-try";
    again.now = at_minute(7);
    const auto accepted = accept(again);
    ASSERT_TRUE(accepted) << accepted.error().for_log();
    EXPECT_TRUE(accepted->was_known);
    EXPECT_EQ(accepted->reply_id, "reply-c-2");
    EXPECT_EQ(accepted->history.size(), 2U);
  }
  const auto conversation = read(kAnna, "c");
  EXPECT_EQ(conversation->messages.size(), 4U);
  EXPECT_EQ(conversation->summary.updated_at, at_minute(0));
  // The first message of a conversation too, if its sender tries again with the same ids.
  const auto first = accept(message_of(kAnna, "c", 1));
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->was_known);
}

TEST_P(ConversationsContract, RefusesAMessageIdThatAReplyHas) {
  exchange(message_of(kAnna, "c", 1), "answer 1");
  auto message = message_of(kAnna, "c", 2);
  message.message_id = "reply-c-1";
  const auto accepted = accept(message);
  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().code, ErrorCode::kConflict);
}

TEST_P(ConversationsContract, TakesNoSecondMessageWhileAReplyIsWritten) {
  const auto first = message_of(kAnna, "c", 1);
  ASSERT_TRUE(accept(first));
  const auto early = accept(message_of(kAnna, "c", 2));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kConflict);
  EXPECT_EQ(read(kAnna, "c")->messages.size(), 2U);

  ASSERT_TRUE(save(reply_to(first, MessageStatus::kStreaming, "so far")));
  EXPECT_FALSE(accept(message_of(kAnna, "c", 2)));
  ASSERT_TRUE(save(reply_to(first, MessageStatus::kStopped, "so far")));
  EXPECT_TRUE(accept(message_of(kAnna, "c", 2)));
}

TEST_P(ConversationsContract, NeverReopensAReplyThatHasEnded) {
  const auto message = message_of(kAnna, "c", 1);
  exchange(message, "the whole answer");
  ASSERT_TRUE(save(reply_to(message, MessageStatus::kStreaming, "the wh")));
  const auto conversation = read(kAnna, "c");
  EXPECT_EQ(conversation->messages.at(1).text, "the whole answer");
  EXPECT_EQ(conversation->messages.at(1).status, MessageStatus::kComplete);
}

TEST_P(ConversationsContract, KeepsOwnersApart) {
  exchange(message_of(kAnna, "c", 1), "for Anna");
  for (const auto& other : {kBen, kAnnaElsewhere}) {
    EXPECT_EQ(read(other, "c").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(remove(other, "c").error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(list(other)->conversations.empty());
    EXPECT_EQ(accept(message_of(other, "c", 2)).error().code, ErrorCode::kNotFound);
  }
  EXPECT_EQ(accept(message_of(kBen, "c", 1)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read(kAnna, "c")->messages.size(), 2U);
}

TEST_P(ConversationsContract, KeepsSitesApart) {
  exchange(message_of(kAnna, "c", 1), "here");
  exchange(message_of(kAnnaElsewhere, "c", 1), "there");
  EXPECT_EQ(read(kAnna, "c")->messages.at(1).text, "here");
  ASSERT_TRUE(remove(kAnna, "c"));
  EXPECT_EQ(read(kAnnaElsewhere, "c")->messages.at(1).text, "there");
}

TEST_P(ConversationsContract, KnowsNoConversationThatNobodyBegan) {
  EXPECT_EQ(accept(message_of(kAnna, "c", 2)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read(kAnna, "c").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(remove(kAnna, "c").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(list(kAnna)->conversations.empty());
}

TEST_P(ConversationsContract, CutsTheTitleBetweenCharacters) {
  auto message = message_of(kAnna, "c", 1);
  message.text.clear();
  for (int i = 0; i < 81; ++i) message.text += "ü";
  ASSERT_TRUE(accept(message));
  EXPECT_EQ(read(kAnna, "c")->summary.title, message.text.substr(0, 160));
}

TEST_P(ConversationsContract, RemovesForGood) {
  const auto message = message_of(kAnna, "c", 1);
  ASSERT_TRUE(accept(message));
  ASSERT_TRUE(remove(kAnna, "c"));
  EXPECT_TRUE(save(reply_to(message, MessageStatus::kComplete, "too late")));
  EXPECT_EQ(read(kAnna, "c").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(remove(kAnna, "c").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(list(kAnna)->conversations.empty());
}

TEST_P(ConversationsContract, ListsTheLatestFirstInPagesThatStandStill) {
  for (int i = 0; i < 7; ++i) {
    // Pairs share a time, so that the order within one counts too.
    exchange(message_of(kAnna, "c" + std::to_string(i), 1, i / 2), "answer");
  }
  const auto first = list(kAnna, {}, 3);
  ASSERT_TRUE(first);
  EXPECT_EQ(ids_of(first), (std::vector<std::string>{"c6", "c5", "c4"}));
  ASSERT_FALSE(first->next.empty());

  exchange(message_of(kAnna, "new", 1, 50), "answer");
  exchange(message_of(kAnna, "c6", 2, 51), "answer");
  const auto second = list(kAnna, first->next, 3);
  ASSERT_TRUE(second);
  EXPECT_EQ(ids_of(second), (std::vector<std::string>{"c3", "c2", "c1"}));
  const auto third = list(kAnna, second->next, 3);
  ASSERT_TRUE(third);
  EXPECT_EQ(ids_of(third), (std::vector<std::string>{"c0"}));
  EXPECT_TRUE(third->next.empty());
  EXPECT_EQ(ids_of(list(kAnna, {}, 2)), (std::vector<std::string>{"c6", "new"}));
  EXPECT_TRUE(list(kAnna, {}, 8)->next.empty());
}

TEST_P(ConversationsContract, RefusesAPageTokenItDidNotGive) {
  for (const auto* after : {"?", "AAAA", "LTEuYQ"}) {
    const auto page = list(kAnna, after);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(page.error().field, "after");
  }
}

TEST_P(ConversationsContract, RemovesOneMessageWithItsReply) {
  exchange(message_of(kAnna, "c", 1), "one");
  exchange(message_of(kAnna, "c", 2), "two");
  EXPECT_EQ(remove_message(kBen, "c", "message-c-1").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(remove_message(kAnna, "c", "reply-c-1").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read(kAnna, "c")->messages.size(), 4U);

  ASSERT_TRUE(remove_message(kAnna, "c", "message-c-1"));
  const auto left = read(kAnna, "c");
  ASSERT_EQ(left->messages.size(), 2U);
  EXPECT_EQ(left->messages[0].id, "message-c-2");
  EXPECT_EQ(left->messages[1].text, "two");
  EXPECT_EQ(left->summary.messages, 2U);
  EXPECT_EQ(left->summary.title, "") << "it began as that message did";
  EXPECT_EQ(remove_message(kAnna, "c", "message-c-1").error().code, ErrorCode::kNotFound);
  const auto again = accept(message_of(kAnna, "c", 3));
  ASSERT_EQ(again->history.size(), 2U);
}

TEST_P(ConversationsContract, RemovesWhatHasExpiredAndNothingElse) {
  constexpr int kMany = 120;
  for (int i = 0; i < kMany; ++i) {
    const auto& owner = i % 2 == 0 ? kAnna : kAnnaElsewhere;
    ASSERT_TRUE(accept(message_of(owner, "c" + std::to_string(i), 1)));
  }
  exchange(message_of(kBen, "kept", 1), "answer");
  ASSERT_TRUE(accept(message_of(kBen, "kept", 2, 5)));  // moves its end
  EXPECT_EQ(remove_expired(at_minute(kLifetimeMinutes - 1)).value(), 0U);
  EXPECT_EQ(remove_expired(at_minute(kLifetimeMinutes)).value(), std::uint64_t{kMany});
  EXPECT_TRUE(list(kAnna)->conversations.empty());
  EXPECT_EQ(read(kBen, "kept")->messages.size(), 4U);
  EXPECT_EQ(remove_expired(at_minute(kLifetimeMinutes + 5)).value(), 1U);
}

}  // namespace gatehouse::chat::testing
