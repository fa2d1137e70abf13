#include "gatehouse/responders/cache/kept_reply.hpp"

#include <gtest/gtest.h>

namespace gatehouse::responders {
namespace {

using chat::ReplyEvent;
using Events = std::vector<ReplyEvent>;

const WallTime kNow{std::chrono::milliseconds(1'800'000'000'000)};

chat::AskedFirst first_of(chat::Repeats repeats = chat::Repeats::kAtTemperature0) {
  return {.responder = "openai", .model = "gpt", .repeats = repeats};
}
ReplyEvent start() {
  return chat::ReplyStart{.responder = "openai", .model = "gpt-1", .asked_model = "gpt"};
}
ReplyEvent says(std::string text, std::uint32_t choice = 0, chat::Lane lane = chat::Lane::kText) {
  return chat::ReplyDelta{.choice = choice, .lane = lane, .text = std::move(text)};
}
ReplyEvent end(chat::FinishReason reason = chat::FinishReason::kStop, std::uint32_t choice = 0) {
  return chat::ReplyEnd{.choice = choice, .reason = reason};
}
ReplyEvent calls(std::string id, std::string arguments) {
  return chat::ToolCallDelta{.choice = 0,
                             .index = 0,
                             .id = id,
                             .name = id.empty() ? "" : "f",
                             .arguments = std::move(arguments)};
}

std::expected<KeptReply, NotKept> kept(const Events& events, const Result<void>& outcome = {},
                                       bool keeps_tool_calls = false,
                                       chat::AskedFirst first = first_of()) {
  ReplyCollector collector(first, keeps_tool_calls, 40);
  for (const auto& event : events) collector.add(event);
  return collector.finish(outcome, kNow);
}

TEST(KeptReply, IsWholeOrNotKept) {
  EXPECT_TRUE(kept({start(), says("a"), end()}));
  EXPECT_TRUE(kept({start(), says("a"), says("b", 1), end(), end(chat::FinishReason::kStop, 1)}));
  using enum chat::FinishReason;
  for (const auto reason : {kLength, kContentFilter, kStopped})
    EXPECT_EQ(kept({start(), says("a"), end(reason)}).error(), NotKept::kCutShort);
  EXPECT_EQ(kept({start(), says("a")}).error(), NotKept::kCutShort);
  EXPECT_EQ(kept({start(), says("a"), says("b", 1), end()}).error(), NotKept::kCutShort);
  EXPECT_EQ(kept({says("a"), end()}).error(), NotKept::kCutShort);
  EXPECT_EQ(kept({}).error(), NotKept::kCutShort);
  EXPECT_EQ(kept({start(), says("a"), end()}, fail(ErrorCode::kUpstreamFailed, "no")).error(),
            NotKept::kFailed);
  EXPECT_EQ(kept({start(), says(std::string(300'000, 'x')), end()}).error(), NotKept::kTooLarge);
}

TEST(KeptReply, IsOfWhomTheKeyNames) {
  auto other = std::get<chat::ReplyStart>(start());
  other.responder = "ollama";
  EXPECT_EQ(kept({other, says("a"), end()}).error(), NotKept::kAnotherAnswered);
  other.responder = "openai";
  other.asked_model = "gpt-dear";
  EXPECT_EQ(kept({other, says("a"), end()}).error(), NotKept::kAnotherAnswered);
}

TEST(KeptReply, CallsToolsOnlyWhereItWouldCallThemAgain) {
  const Events events = {start(), calls("id", "{\"a\""), calls("", ":1}"),
                         end(chat::FinishReason::kToolCalls)};
  EXPECT_EQ(kept(events).error(), NotKept::kCalledTools);
  const auto reply = kept(events, {}, true);
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<chat::ToolCallDelta>(reply->events.at(1)).arguments, "{\"a\":1}");
}

TEST(KeptReply, JoinsSmallPiecesOfOneText) {
  Events events = {start()};
  std::string text;
  for (int i = 0; i < 400; ++i) {
    events.push_back(says("word "));
    text += "word ";
  }
  events.push_back(says("why", 0, chat::Lane::kReasoning));
  events.push_back(says("last"));
  events.push_back(end());
  const auto reply = kept(events);
  ASSERT_TRUE(reply);
  EXPECT_LT(reply->events.size(), 10U);
  EXPECT_LT(reply->bytes, 5000U);
  std::string said;
  for (const auto& event : reply->events) {
    const auto* delta = std::get_if<chat::ReplyDelta>(&event);
    if (delta != nullptr && delta->lane == chat::Lane::kText) said += delta->text;
  }
  EXPECT_EQ(said, text + "last");
}

std::string usage_json_of(const Events& events, chat::AskedFirst first = first_of()) {
  const auto reply = kept(events, {}, false, first);
  std::string json;
  for (const auto& event : reply->events) {
    if (const auto* usage = std::get_if<chat::Usage>(&event)) json += usage->details_json;
  }
  return json;
}

TEST(KeptReply, MarksItsUsageAsCached) {
  EXPECT_EQ(
      usage_json_of({start(), says("a"), end(),
                     chat::Usage{.prompt_tokens = 7,
                                 .completion_tokens = 5,
                                 .details_json = R"({"prompt_tokens":7,"x":1,)"
                                                 R"("prompt_tokens_details":)"
                                                 R"({"cached_tokens":2,"audio_tokens":0}})"}}),
      R"({"prompt_tokens":7,"x":1,"prompt_tokens_details":)"
      R"({"audio_tokens":0,"cached_tokens":7}})");
  EXPECT_EQ(usage_json_of({start(), says("a"), end(),
                           chat::Usage{.prompt_tokens = 7, .completion_tokens = 5}}),
            R"({"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,)"
            R"("prompt_tokens_details":{"cached_tokens":7}})");
  EXPECT_EQ(usage_json_of({start(), says("twelve bytes"), end()}),
            R"({"prompt_tokens":10,"completion_tokens":3,"total_tokens":13,)"
            R"("prompt_tokens_details":{"cached_tokens":10}})")
      << "counted, where a stream had none";
  EXPECT_EQ(usage_json_of({start(), says("a"), end()}, first_of(chat::Repeats::kAlways)), "");
}

TEST(KeptReply, ComesBackFromJsonAsItWas) {
  const Events events = {
      start(),
      chat::Citation{.number = 1,
                     .document_id = "d",
                     .file = "f.md",
                     .title = "T \"1\"",
                     .heading = "A > B",
                     .start = 5,
                     .end = 9,
                     .quote = "qüote\n"},
      says("text 🙂"),
      says("thinking", 0, chat::Lane::kReasoning),
      calls("id", "{}"),
      chat::Usage{.prompt_tokens = 1, .completion_tokens = 2, .details_json = "{\"a\":1}"},
      end()};
  const auto reply = kept(events, {}, true);
  ASSERT_TRUE(reply);
  const auto json = kept_reply_to_json(*reply);
  const auto read = kept_reply_from_json(json, kNow);
  ASSERT_TRUE(read);
  EXPECT_EQ(kept_reply_to_json(*read), json);
  EXPECT_EQ(read->events.size(), reply->events.size());
  EXPECT_EQ(read->bytes, reply->bytes);
  EXPECT_EQ(std::get<chat::Citation>(read->events.at(1)).quote, "qüote\n");
  EXPECT_EQ(std::get<chat::ReplyDelta>(read->events.at(3)).lane, chat::Lane::kReasoning);
}

TEST(KeptReply, IsNothingWhereTheJsonIsNoWholeAnswer) {
  for (const auto* const json :
       {"", "{}", "[]", "[1]", R"([["start","a","b","c"]])", R"([["end",0,0]])",
        R"([["start","a","b","c"],["end",0,1]])", R"([["start","a","b","c"],["end",0,9]])",
        R"([["start","a","b","c"],["end",0,0,0]])", R"([["start","a","b"],["end",0,0]])",
        R"([["start","a","b","c"],["delta",64,0,"x"],["end",64,0]])",
        R"([["start","a","b","c"],["delta",0,3,"x"],["end",0,0]])",
        R"([["start","a","b","c"],["new"],["end",0,0]])"})
    EXPECT_FALSE(kept_reply_from_json(json, kNow)) << json;
  EXPECT_TRUE(kept_reply_from_json(R"([["start","a","b","c"],["end",0,0]])", kNow));
}

}  // namespace
}  // namespace gatehouse::responders
