#include "line_api.hpp"

#include <gtest/gtest.h>

#include "gatehouse/jobs/retry.hpp"
#include "send_order.hpp"
#include "texts.hpp"

namespace gatehouse::channels::line {
namespace {

TEST(LineApi, TriesAgainWhatMayHelpAndNothingElse) {
  const auto again = [](std::uint16_t status, std::string body = {}) {
    return jobs::makes_sense_again(error_of({.status = status, .body = std::move(body)}).code);
  };
  EXPECT_TRUE(again(500));
  EXPECT_TRUE(again(503));
  EXPECT_TRUE(again(429, R"({"message":"The API rate limit has been exceeded."})"));
  EXPECT_FALSE(again(429, R"({"message":"You have reached your monthly limit."})"));
  for (const std::uint16_t status : {400, 401, 403, 404, 413})
    EXPECT_FALSE(again(status)) << status;
}

TEST(LineApi, TellsOperatorsWhatToDo) {
  const auto words = [](std::uint16_t status) {
    return error_of({.status = status, .body = R"({"message":"Why."})", .retry_after_ms = 7000});
  };
  EXPECT_NE(words(401).log_message.find("LINE_CHANNEL_ACCESS_TOKEN"), std::string::npos);
  EXPECT_NE(words(400).log_message.find("It says: Why."), std::string::npos);
  EXPECT_EQ(words(503).retry_after_ms, 7000U);
}

TEST(LineApi, KnowsADeadToken) {
  EXPECT_TRUE(is_dead_reply_token({.status = 400, .body = R"({"message":"Invalid reply token"})"}));
  EXPECT_FALSE(is_dead_reply_token({.status = 400, .body = R"({"message":"other"})"}));
  EXPECT_FALSE(is_dead_reply_token({.status = 500, .body = "Invalid reply token"}));
}

TEST(LineApi, PutsTheButtonBelowTheLastMessage) {
  const AnswerButton button{.label = "Show", .data = "answer:1"};
  EXPECT_EQ(messages_json({"a\n"}, nullptr), R"([{"type":"text","text":"a\n"}])");
  EXPECT_EQ(messages_json({"a", "b"}, &button),
            R"([{"type":"text","text":"a"},{"type":"text","text":"b","quickReply":{"items":[)"
            R"({"type":"action","action":{"type":"postback","label":"Show","data":"answer:1",)"
            R"("displayText":"Show"}}]}}])");
}

TEST(SendOrder, ComesBackAsItWas) {
  SendOrder order{.key = "e:1",
                  .to = "U1",
                  .reply_token = "r",
                  .token_until = WallTime(std::chrono::milliseconds(5)),
                  .texts = {"a", "b"},
                  .button = AnswerButton{"l", "d"}};
  const auto job = send_job(order, "default");
  EXPECT_EQ(job.idempotency_key, "line-send:e:1");
  const auto read = read_send_order(job.payload);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key, order.key);
  EXPECT_EQ(read->to, order.to);
  EXPECT_EQ(read->reply_token, order.reply_token);
  EXPECT_EQ(read->token_until, order.token_until);
  EXPECT_EQ(read->texts, order.texts);
  EXPECT_EQ(read->button->data, "d");
  for (const std::string bad : {"", "{}", "[]", R"({"key":"k","to":"U","texts":[]})"})
    EXPECT_FALSE(read_send_order(bad)) << bad;
}

TEST(Texts, AreThereInEachLanguage) {
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(Text::kCount); ++i) {
    const auto text = static_cast<Text>(i);
    EXPECT_FALSE(text_of(text, "").empty());
    EXPECT_NE(text_of(text, "ja"), text_of(text, "en"));
    EXPECT_EQ(text_of(text, "xx"), text_of(text, "en"));
  }
  EXPECT_EQ(language_of("こんにちは"), "ja");
  EXPECT_EQ(language_of("hello 世界"), "");
}

TEST(Quota, WarnsOnceWhenItIsNearlyUp) {
  Status status;
  EXPECT_FALSE(status.note_quota({.limit = 100, .used = 79}));
  EXPECT_EQ(status.report().trouble(), "");
  EXPECT_TRUE(status.note_quota({.limit = 100, .used = 80}));
  EXPECT_NE(status.report().trouble().find("80 of the 100"), std::string::npos);
  EXPECT_FALSE(status.note_quota({.limit = 100, .used = 90}));
  EXPECT_FALSE(status.note_quota({.limit = {}, .used = 1'000'000}));
  EXPECT_EQ((Quota{.limit = 0, .used = 0}).used_percent(), 100U);
}

}  // namespace
}  // namespace gatehouse::channels::line
