#include "chat_request.hpp"

#include <gtest/gtest.h>

namespace gatehouse::responders {
namespace {

class OllamaRequestTest : public ::testing::Test {
 protected:
  void say(chat::Role role, std::string text) {
    prompt_.messages.push_back({role, std::move(text)});
  }
  Result<OllamaRequest> make() { return make_ollama_request(prompt_, settings_, json_); }

  chat::Prompt prompt_;
  OllamaSettings settings_{.model = "llama3.2", .context_tokens = 2048, .keep_alive = "5m"};
  codec::JsonReader json_;
};

TEST_F(OllamaRequestTest, AlwaysNamesTheSizeOfTheContext) {
  say(chat::Role::kUser, "Hi \"there\"");
  EXPECT_EQ(make().value().body,
            R"({"model":"llama3.2","stream":true,"keep_alive":"5m","options":{"num_ctx":2048},)"
            R"("messages":[{"role":"user","content":"Hi \"there\""}]})");
}

TEST_F(OllamaRequestTest, SaysWhatAnOpenAiClientSetInItsOwnWords) {
  say(chat::Role::kUser, "look");
  say(chat::Role::kAssistant, "");
  say(chat::Role::kTool, "12");
  prompt_.model = "other";
  prompt_.openai_body =
      R"({"model":"other","temperature":0.2,"stop":["x"],"max_completion_tokens":5,"user":"u",)"
      R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},)"
      R"("tools":[{"type":"function","function":{"name":"f"}}],"messages":[)"
      R"({"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},)"
      R"({"role":"tool","tool_call_id":"c1","content":"12"}]})";
  EXPECT_EQ(
      make().value().body,
      R"({"model":"other","stream":true,"keep_alive":"5m","options":{"num_ctx":2048,)"
      R"("num_predict":5,"temperature":0.2,"stop":["x"]},"format":{"type":"object"},)"
      R"("tools":[{"type":"function","function":{"name":"f"}}],"messages":[)"
      R"({"role":"user","content":"look","images":["QUJD"]},)"
      R"({"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},)"
      R"({"role":"tool","content":"12","tool_call_id":"c1"}]})");
}

TEST_F(OllamaRequestTest, RefusesWhatOllamaCannotRead) {
  say(chat::Role::kUser, "look");
  prompt_.openai_body =
      R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]})";
  const auto made = make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().field, "messages[0].content");
  prompt_.openai_body =
      R"({"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"[1]"}}]}]})";
  EXPECT_EQ(make().error().field, "messages[0].tool_calls");
}

TEST_F(OllamaRequestTest, DropsTheOldestThatDoNotFitAndNeverWhatTheSystemSays) {
  const std::string long_text(1200, 'x');  // 300 tokens
  say(chat::Role::kSystem, "rules");
  for (int i = 0; i < 6; ++i)
    say(i % 2 == 0 ? chat::Role::kUser : chat::Role::kAssistant, std::to_string(i) + long_text);
  say(chat::Role::kUser, "last");
  const auto made = make().value();
  EXPECT_EQ(made.dropped_messages, 3U);
  EXPECT_NE(made.body.find("rules"), std::string::npos);
  EXPECT_NE(made.body.find("last"), std::string::npos);
  EXPECT_EQ(made.body.find("\"2xxx"), std::string::npos);
  EXPECT_NE(made.body.find("\"3xxx"), std::string::npos);
}

// A gap within a conversation would be worse than a shorter one.
TEST_F(OllamaRequestTest, LeavesNoGap) {
  say(chat::Role::kUser, "first");
  say(chat::Role::kAssistant, std::string(8000, 'x'));
  say(chat::Role::kUser, "last");
  const auto made = make().value();
  EXPECT_EQ(made.dropped_messages, 2U);
  EXPECT_EQ(made.body.find("first"), std::string::npos);
}

TEST_F(OllamaRequestTest, RefusesAMessageThatNeverFits) {
  say(chat::Role::kUser, std::string(8000, 'x'));
  const auto made = make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace gatehouse::responders
