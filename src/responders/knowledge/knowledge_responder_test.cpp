#include "gatehouse/responders/knowledge/knowledge_responder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/testing/document_of.hpp"
#include "gatehouse/knowledge/testing/memory_documents.hpp"
#include "gatehouse/knowledge/testing/worker_thread.hpp"
#include "word_groups.hpp"

namespace gatehouse::responders {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Keeps what is pushed; ends the reply after `flushes_left` flushes.
class FakeSink final : public chat::ReplySink {
 public:
  void push(chat::ReplyEvent&& event) override { events.push_back(std::move(event)); }
  async::Task<Result<void>> flush() override {
    if (cancels != nullptr) cancels->cancel();
    if (--flushes_left < 0) co_return fail(ErrorCode::kContentBlocked, "blocked");
    co_return Result<void>{};
  }
  std::string text() const {
    std::string joined;
    for (const auto& event : events) {
      if (const auto* delta = std::get_if<chat::ReplyDelta>(&event)) joined += delta->text;
    }
    return joined;
  }
  std::vector<chat::ReplyEvent> events;
  int flushes_left = 1000;
  async::Cancellation* cancels = nullptr;
};

class Responder : public ::testing::Test {
 protected:
  Responder() {
    std::vector<knowledge::IndexedDocument> batch;
    batch.push_back(knowledge::testing::document_of(
        "1", "limits.md",
        "Visitors may send 60 requests per minute. They may send 1000 requests per hour."));
    batch.push_back(
        knowledge::testing::document_of("2", "fees.md", "Parking costs 3 euro per hour."));
    EXPECT_TRUE(thread_.run(documents_.upsert({}, std::move(batch))).has_value());
  }

  Result<void> ask(std::vector<chat::PromptMessage> messages) {
    prompt_.messages = std::move(messages);
    return thread_.run(responder_.answer(prompt_, sink_, exchange_));
  }

  knowledge::testing::WorkerThread thread_;
  knowledge::testing::MemoryDocuments documents_;
  KnowledgeResponder responder_{documents_};
  FakeSink sink_;
  async::Cancellation cancellation_;
  chat::Exchange exchange_{cancellation_, Deadline::never()};
  chat::Prompt prompt_;
};

TEST_F(Responder, StreamsQuotesWithTheirCitations) {
  ASSERT_TRUE(ask({{chat::Role::kUser, "How many requests may visitors send per minute?"}}));
  ASSERT_TRUE(std::holds_alternative<chat::ReplyStart>(sink_.events.front()));
  EXPECT_EQ(std::get<chat::ReplyStart>(sink_.events.front()).responder, "knowledge");
  ASSERT_TRUE(std::holds_alternative<chat::ReplyEnd>(sink_.events.back()));
  EXPECT_THAT(sink_.text(), StartsWith("Visitors may send 60 requests per minute."));
  EXPECT_THAT(sink_.text(), HasSubstr("[1]"));
  const auto* citation = std::get_if<chat::Citation>(&sink_.events.at(1));
  ASSERT_NE(citation, nullptr);
  EXPECT_EQ(citation->number, 1U);
  EXPECT_EQ(citation->file, "limits.md");
  EXPECT_EQ(citation->title, "About limits.md");
  auto document = thread_.run(documents_.read("default", citation->document_id));
  EXPECT_EQ(citation->quote,
            document->text.substr(citation->start, citation->end - citation->start));
  EXPECT_GT(sink_.events.size(), 4U);
}

TEST_F(Responder, AnswersTheLastUserMessageAndKnowsTheOneBefore) {
  ASSERT_TRUE(ask({{chat::Role::kSystem, "Talk about parking."},
                   {chat::Role::kUser, "How many requests may visitors send per minute?"},
                   {chat::Role::kAssistant, "60."},
                   {chat::Role::kUser, "and per hour?"}}));
  EXPECT_THAT(sink_.text(), HasSubstr("1000 requests per hour"));
}

TEST_F(Responder, SearchesItsOwnSite) {
  prompt_.site = "other";
  ASSERT_TRUE(ask({{chat::Role::kUser, "parking"}}));
  EXPECT_EQ(documents_.requests.at(0).site, "other");
  EXPECT_THAT(sink_.text(), HasSubstr("no documents"));
}

TEST_F(Responder, HasNoCitationWhenItDoesNotKnow) {
  ASSERT_TRUE(ask({{chat::Role::kUser, "Who is the king of Norway?"}}));
  EXPECT_THAT(sink_.text(), StartsWith("The documents don't say."));
  for (const auto& event : sink_.events) {
    EXPECT_FALSE(std::holds_alternative<chat::Citation>(event));
  }
}

TEST_F(Responder, EndsWithTheErrorOfTheIndex) {
  documents_.is_failing = true;
  EXPECT_EQ(ask({{chat::Role::kUser, "parking"}}).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(sink_.events.empty());
}

TEST_F(Responder, EndsWhenTheReplyHasEnded) {
  sink_.flushes_left = 0;
  EXPECT_EQ(ask({{chat::Role::kUser, "parking"}}).error().code, ErrorCode::kContentBlocked);
}

TEST_F(Responder, StopsWhenItIsCancelled) {
  cancellation_.cancel();
  EXPECT_EQ(ask({{chat::Role::kUser, "parking"}}).error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(sink_.events.empty());
}

TEST_F(Responder, AnswersAnEmptyPrompt) {
  ASSERT_TRUE(ask({}));
  EXPECT_THAT(sink_.text(), HasSubstr("a few words more"));
}

TEST(WordGroups, JoinToTheTextAndCutNoCharacter) {
  const std::string text =
      "Some words here, and then "
      "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語 😀 " +
      std::string(300, 'x') + "\n\nend";
  std::string joined;
  for (const auto& group : word_groups(text)) {
    EXPECT_TRUE(scan_utf8(group).is_valid);
    EXPECT_LE(group.size(), 100U);
    EXPECT_FALSE(group.empty());
    joined += group;
  }
  EXPECT_EQ(joined, text);
  EXPECT_TRUE(word_groups("").empty());
}

}  // namespace
}  // namespace gatehouse::responders
