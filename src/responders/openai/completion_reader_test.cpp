#include "completion_reader.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"
#include "gatehouse/http/backend_error.hpp"

namespace gatehouse::responders {
namespace {

class Recorder final : public chat::ReplySink {
 public:
  void push(chat::ReplyEvent&& event) override { events.push_back(std::move(event)); }
  async::Task<Result<void>> flush() override { co_return Result<void>(); }

  std::string text(std::uint32_t choice = 0) const {
    std::string all;
    for (const auto& event : events) {
      const auto* delta = std::get_if<chat::ReplyDelta>(&event);
      if (delta != nullptr && delta->choice == choice && delta->lane == chat::Lane::kText)
        all += delta->text;
    }
    return all;
  }
  std::vector<chat::ReplyEvent> events;
};

TEST(CompletionReader, ReadsChunks) {
  Recorder sink;
  codec::JsonReader json;
  CompletionReader reader("openai", json, sink);
  for (
      const std::string_view chunk :
      {R"({"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})",
       R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"x","reasoning_content":"r"}}]})",
       R"({"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"length"}],"obfuscation":"zz"})",
       R"({"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{"}}]}}]})"}) {
    ASSERT_TRUE(reader.read_chunk(chunk)) << chunk;
  }
  EXPECT_FALSE(reader.is_finished());
  ASSERT_TRUE(
      reader.read_chunk(R"({"choices":[{"index":1,"delta":{},"finish_reason":"tool_calls"}]})"));
  ASSERT_TRUE(
      reader.read_chunk(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}})"));
  EXPECT_TRUE(reader.is_finished());
  EXPECT_EQ(sink.text(0), "ab");
  EXPECT_EQ(sink.text(1), "x");
  EXPECT_EQ(std::get<chat::Usage>(sink.events.back()).completion_tokens, 4U);
}

TEST(CompletionReader, JoinsCharactersThatChunksDivide) {
  Recorder sink;
  codec::JsonReader json;
  CompletionReader reader("openai", json, sink);
  for (
      const std::string_view chunk :
      {R"({"choices":[{"index":0,"delta":{"content":"a\ud83d"}},{"index":1,"delta":{"content":"\ude00b"}}]})",
       R"({"choices":[{"index":1,"delta":{"content":"\ud83d\ude00\ud83dx"}}]})",
       R"({"choices":[{"index":0,"delta":{"content":"\ude00\ud83d"}}]})",
       R"({"choices":[{"index":0,"delta":{"content":"z"}}]})"}) {
    ASSERT_TRUE(reader.read_chunk(chunk)) << chunk;
  }
  EXPECT_EQ(sink.text(0), "a\xF0\x9F\x98\x80\xEF\xBF\xBDz");
  EXPECT_EQ(sink.text(1),
            "\xEF\xBF\xBD"
            "b\xF0\x9F\x98\x80\xEF\xBF\xBDx");
  for (const auto& event : sink.events) {
    const auto* delta = std::get_if<chat::ReplyDelta>(&event);
    if (delta != nullptr) EXPECT_TRUE(scan_utf8(delta->text).is_valid);
  }
}

TEST(CompletionReader, RefusesWhatIsNoAnswer) {
  Recorder sink;
  codec::JsonReader json;
  CompletionReader reader("openai", json, sink);
  for (const std::string_view text :
       {"", "[]", "null", "{", "<html>", R"({"error":{"message":"no"}})", R"({"error":"no"})"}) {
    EXPECT_FALSE(reader.read_chunk(text)) << text;
    EXPECT_FALSE(reader.read_whole(text)) << text;
  }
  EXPECT_FALSE(reader.read_whole(R"({"choices":[]})"));
  EXPECT_TRUE(sink.events.empty());
  EXPECT_FALSE(reader.read_chunk(R"({"choices":[{"index":64,"delta":{}}]})"));
}

TEST(BackendError, TellsClientsWhatTheyCanMendOnly) {
  const auto error = [](std::uint16_t status, std::string_view body) {
    return http::read_backend_error(status, body, "7");
  };
  EXPECT_EQ(error(400, R"({"error":{"message":"max_tokens is too large"}})").client_message,
            "max_tokens is too large");
  EXPECT_EQ(error(404, R"({"error":"model 'x' not found"})").code, ErrorCode::kNotFound);
  EXPECT_EQ(error(401, R"({"error":{"message":"Incorrect API key sk-12345678901234567890"}})")
                .client_message,
            "The answering service failed. Try again in a moment.");
  EXPECT_EQ(error(429, R"({"detail":"slow down"})").retry_after_ms, 7000U);
  EXPECT_EQ(error(500, "<html><h1>nginx</h1></html>").client_message.find('<'), std::string::npos);
  EXPECT_EQ(error(400, R"({"message":"<script>"})").client_message.find('<'), std::string::npos);
  EXPECT_EQ(error(503, R"({"error":true,"message":"loading"})").code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace gatehouse::responders
