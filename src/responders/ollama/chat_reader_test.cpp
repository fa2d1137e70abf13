#include "chat_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::responders {
namespace {

class Recorder final : public chat::ReplySink {
 public:
  void push(chat::ReplyEvent&& event) override { events.push_back(std::move(event)); }
  async::Task<Result<void>> flush() override { co_return Result<void>(); }
  template <typename Event>
  const Event& at(std::size_t position) const {
    return std::get<Event>(events.at(position));
  }
  std::vector<chat::ReplyEvent> events;
};

TEST(OllamaReader, ReadsThinkingTextAndNumbers) {
  Recorder sink;
  codec::JsonReader json;
  OllamaReader reader(json, 2, sink);
  ASSERT_TRUE(reader.read_line(
      R"({"model":"m","message":{"role":"assistant","content":"","thinking":"hm"},"done":false})"));
  ASSERT_TRUE(reader.read_line(R"({"message":{"content":"Hi \ud83d\ude00"},"done":false})"));
  EXPECT_FALSE(reader.is_done());
  ASSERT_TRUE(reader.read_line(
      R"({"message":{"content":""},"done":true,"done_reason":"length","load_duration":2500000000,)"
      R"("prompt_eval_count":7,"eval_count":3})"));
  EXPECT_TRUE(reader.is_done());
  ASSERT_EQ(sink.events.size(), 5U);
  EXPECT_EQ(sink.at<chat::ReplyStart>(0).model, "m");
  EXPECT_EQ(sink.at<chat::ReplyDelta>(1).lane, chat::Lane::kReasoning);
  EXPECT_EQ(sink.at<chat::ReplyDelta>(2).text, "Hi \U0001F600");
  EXPECT_EQ(sink.at<chat::ReplyEnd>(3).reason, chat::FinishReason::kLength);
  EXPECT_EQ(sink.at<chat::Usage>(4).details_json,
            R"({"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"load_ms":2500,)"
            R"("dropped_messages":2})");
}

TEST(OllamaReader, WritesToolArgumentsAsText) {
  Recorder sink;
  codec::JsonReader json;
  OllamaReader reader(json, 0, sink);
  ASSERT_TRUE(reader.read_line(
      R"({"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":[1]}}},)"
      R"({"id":"own","function":{"name":"g"}}]},"done":true,"done_reason":"stop"})"));
  EXPECT_EQ(sink.at<chat::ToolCallDelta>(1).arguments, R"({"a":[1]})");
  EXPECT_EQ(sink.at<chat::ToolCallDelta>(1).id, "call_0");
  EXPECT_EQ(sink.at<chat::ToolCallDelta>(2).id, "own");
  EXPECT_EQ(sink.at<chat::ToolCallDelta>(2).arguments, "{}");
  EXPECT_EQ(sink.at<chat::ReplyEnd>(3).reason, chat::FinishReason::kToolCalls);
  EXPECT_TRUE(sink.at<chat::Usage>(4).details_json.empty());
}

TEST(OllamaReader, TellsOfAnErrorWithinAnAnswer) {
  Recorder sink;
  codec::JsonReader json;
  OllamaReader reader(json, 0, sink);
  ASSERT_TRUE(reader.read_line(R"({"message":{"content":"a"},"done":false})"));
  const auto read = reader.read_line(R"({"error":"an error was encountered while running"})");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUpstreamFailed);
  EXPECT_FALSE(reader.read_line("<html>"));
  EXPECT_FALSE(reader.read_line("[1]"));
}

}  // namespace
}  // namespace gatehouse::responders
