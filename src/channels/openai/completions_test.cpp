#include <gtest/gtest.h>

#include "completion_request.hpp"
#include "completion_writer.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/guard/reply_scanner.hpp"

namespace gatehouse::channels {
namespace {

Result<CompletionRequest> read_request(std::string_view body, std::string_view default_model) {
  codec::JsonReader reader;
  return read_completion_request(reader, body, default_model);
}

ScannedEvent scanned(chat::ReplyEvent event) {
  guard::ReplyScanner scanner{guard::Policy()};
  return ScannedEvent(scanner.pass_without_text(), std::move(event));
}

TEST(CompletionRequest, PassesTheBodyOnAsItCame) {
  const std::string_view body =
      R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},)"
      R"({"type":"image_url","image_url":{"url":"x"}},{"type":"text","text":"b"}]}],"temperature":0.2,"stream":true})";
  const auto request = read_request(body, "other");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->prompt.openai_body, body);
  EXPECT_EQ(request->prompt.messages[1].text, "a\nb");
  EXPECT_TRUE(request->wants_stream);
  EXPECT_FALSE(request->wants_usage);
}

TEST(CompletionRequest, PutsTheDefaultModelInPlace) {
  const auto request =
      read_request(R"({"model":"default","messages":[{"role":"user","content":"a"}]})", "big");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->prompt.model, "big");
  EXPECT_NE(request->prompt.openai_body.find(R"("model":"big")"), std::string::npos);
}

TEST(CompletionRequest, NamesTheMemberAtFault) {
  const auto field = [](std::string_view text) {
    const auto request = read_request(text, "m");
    return request ? std::string("none") : request.error().field;
  };
  EXPECT_EQ(field(R"({"messages":[]})"), "model");
  EXPECT_EQ(field(R"({"model":"m"})"), "messages");
  EXPECT_EQ(field(R"({"model":"m","messages":[1]})"), "messages[0]");
  EXPECT_EQ(field(R"({"model":"m","messages":[{"role":"x","content":"a"}]})"), "messages[0].role");
  EXPECT_EQ(field(R"({"model":"m","messages":[{"role":"user"}]})"), "messages[0].content");
  EXPECT_EQ(field(R"({"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]})"),
            "messages[0].content[0].text");
  EXPECT_EQ(field(R"({"model":"m","messages":[{"role":"user","content":"a"}],"stream":1})"),
            "stream");
  EXPECT_EQ(field(R"({"model":"m","messages":[{"role":"user","content":"a"}],"n":17})"), "n");
  EXPECT_EQ(
      field(R"({"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[]}]})"),
      "none");
}

TEST(CompletionRequest, ReadsTheMostThatAReplyMayTake) {
  const auto read = [](std::string_view more) {
    const auto request = read_request(
        R"({"model":"m","messages":[{"role":"user","content":"a"}])" + std::string(more) + "}", "");
    EXPECT_TRUE(request);
    return std::pair(request->reply_tokens_max, request->reply_tokens_field);
  };
  using Most = std::optional<std::uint64_t>;
  EXPECT_EQ(read(""), std::pair(Most(), std::string_view()));
  EXPECT_EQ(read(R"(,"max_tokens":5)"), std::pair(Most(5), std::string_view("max_tokens")));
  EXPECT_EQ(read(R"(,"max_tokens":5,"max_completion_tokens":9)"),
            std::pair(Most(9), std::string_view("max_completion_tokens")));
  EXPECT_EQ(read(R"(,"max_tokens":"many")"), std::pair(Most(), std::string_view()));
  const auto many =
      read_request(R"({"model":"m","n":3,"messages":[{"role":"user","content":"a"}]})", "");
  ASSERT_TRUE(many);
  EXPECT_EQ(many->choices, 3U);
}

TEST(ChunkWriter, WritesWhatClientsRequire) {
  ChunkWriter writer({.id = "chatcmpl-1", .created_s = 5, .model = "asked"}, true);
  std::string out;
  writer.write(scanned(chat::ReplyStart{.responder = "openai", .model = "real"}), out);
  writer.write(scanned(chat::ReplyDelta{.text = "h\"i\n"}), out);
  writer.write(scanned(chat::ReplyEnd{}), out);
  writer.write(scanned(chat::Usage{.prompt_tokens = 1, .completion_tokens = 2}), out);
  writer.write_done(out);
  const std::string prefix =
      R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"real","choices":[)";
  EXPECT_EQ(
      out,
      prefix +
          R"({"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null})" +
          "\n\n" + prefix +
          R"({"index":0,"delta":{"content":"h\"i\n"},"logprobs":null,"finish_reason":null}],"usage":null})" +
          "\n\n" + prefix +
          R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null})" +
          "\n\n" + prefix +
          R"(],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})" +
          "\n\ndata: [DONE]\n\n");
}

TEST(WholeWriter, WritesWhatClientsRequire) {
  WholeWriter writer({.id = "chatcmpl-1", .created_s = 5, .model = "asked"});
  writer.take(scanned(chat::ReplyStart{.responder = "openai", .model = "real"}));
  writer.take(scanned(chat::ReplyDelta{.choice = 1, .text = "second"}));
  writer.take(scanned(chat::ReplyDelta{.text = "h\"i\n"}));
  writer.take(scanned(chat::ReplyDelta{.lane = chat::Lane::kReasoning, .text = "why"}));
  writer.take(scanned(chat::ReplyDelta{.lane = chat::Lane::kRefusal, .text = "no"}));
  writer.take(scanned(chat::ReplyEnd{.reason = chat::FinishReason::kLength}));
  writer.take(scanned(chat::Usage{.prompt_tokens = 1, .completion_tokens = 2}));
  const std::string head =
      R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"real","choices":[)";
  EXPECT_EQ(
      writer.write(),
      head +
          R"({"index":0,"message":{"role":"assistant","content":"h\"i\n","reasoning_content":"why","refusal":"no"},"logprobs":null,"finish_reason":"length"},)"
          R"({"index":1,"message":{"role":"assistant","content":"second","refusal":null},"logprobs":null,"finish_reason":"stop"}],)"
          R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");
  EXPECT_EQ(
      WholeWriter({.id = "c", .created_s = 5, .model = "m"}).write(),
      R"({"id":"c","object":"chat.completion","created":5,"model":"m","choices":[],"usage":null})");
}

TEST(WholeWriter, JoinsTextAndToolCalls) {
  WholeWriter writer({.id = "chatcmpl-1", .created_s = 5, .model = "m"});
  writer.take(scanned(chat::ReplyDelta{.text = "a"}));
  writer.take(scanned(chat::ReplyDelta{.text = "b"}));
  writer.take(scanned(chat::ToolCallDelta{
      .choice = 1, .index = 0, .id = "c1", .name = "f", .arguments = "{\"x\""}));
  writer.take(scanned(chat::ToolCallDelta{.choice = 1, .index = 0, .arguments = ":1}"}));
  writer.take(scanned(chat::ReplyEnd{.choice = 1, .reason = chat::FinishReason::kToolCalls}));
  codec::JsonReader reader;
  const std::string text = writer.write();
  const auto value = reader.read(text);
  ASSERT_TRUE(value);
  std::vector<codec::JsonValue> choices;
  for (const auto choice : (*value)["choices"].elements()) choices.push_back(choice);
  ASSERT_EQ(choices.size(), 2U);
  EXPECT_EQ(choices[0]["message"]["content"].string(), "ab");
  EXPECT_TRUE(choices[1]["message"]["content"].is_null());
  for (const auto call : choices[1]["message"]["tool_calls"].elements())
    EXPECT_EQ(call["function"]["arguments"].string(), "{\"x\":1}");
  EXPECT_EQ(choices[1]["message"]["tool_calls"].size(), 1U);
  EXPECT_EQ(choices[1]["finish_reason"].string(), "tool_calls");
}

}  // namespace
}  // namespace gatehouse::channels
