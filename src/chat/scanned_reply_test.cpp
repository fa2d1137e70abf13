#include "gatehouse/chat/scanned_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::chat {
namespace {

class Recorder final : public ScannedSink {
 public:
  void write(guard::Scanned<ReplyEvent>&& event) override { events.push_back(*event); }

  template <typename Event>
  std::vector<Event> all() const {
    std::vector<Event> found;
    for (const auto& event : events) {
      if (const auto* own = std::get_if<Event>(&event)) found.push_back(*own);
    }
    return found;
  }
  std::vector<ReplyEvent> events;
};

// The word "rival" is masked, the canary cuts.
guard::Policy policy() {
  guard::Policy made;
  const guard::ReplyOptions options{.words = {"rival"}, .canaries = {Secret("~planted~")}};
  made.reply_rules = guard::ReplyRules::compile({}, options).value();
  return made;
}

struct Fixture {
  Recorder sink;
  ScannedReply reply{guard::ReplyScanner(policy()), sink};
};

TEST(ScannedReply, WhatIsHeldComesOutBeforeTheEndOfItsChoice) {
  Fixture on;
  on.reply.push(ReplyDelta{.text = "a riv"});
  on.reply.push(ReplyDelta{.choice = 1, .text = "b"});
  EXPECT_EQ(on.sink.all<ReplyDelta>().at(0).text, "a ");
  on.reply.push(ReplyEnd{});
  ASSERT_EQ(on.sink.events.size(), 4U);
  EXPECT_EQ(std::get<ReplyDelta>(on.sink.events[2]).text, "riv");
  EXPECT_EQ(std::get<ReplyEnd>(on.sink.events[3]).reason, FinishReason::kStop);
}

TEST(ScannedReply, AResponderThatBreaksOffLosesNothingThatWasHeld) {
  Fixture on;
  on.reply.push(ReplyDelta{.lane = Lane::kReasoning, .text = "riv"});
  on.reply.finish();
  EXPECT_EQ(on.sink.all<ReplyDelta>().at(0).text, "riv");
  EXPECT_EQ(on.sink.all<ReplyDelta>().at(0).lane, Lane::kReasoning);
}

TEST(ScannedReply, AnEarlyEndDecidesWhatWaitsAndEndsEveryOpenChoiceWithItsUsage) {
  Fixture on;
  on.reply.push(ReplyDelta{.text = "a riv"});
  on.reply.push(ReplyDelta{.choice = 1, .text = "b"});
  on.reply.push(ReplyDelta{.choice = 2, .text = "c"});
  on.reply.push(ReplyEnd{.choice = 1});
  on.reply.end_early({.prompt_tokens = 3, .completion_tokens = 4});
  on.reply.push(ReplyDelta{.text = "al behind it"});
  on.reply.push(ReplyEnd{});
  on.reply.finish();
  EXPECT_EQ(on.sink.all<ReplyDelta>().back().text, "riv");
  const auto ends = on.sink.all<ReplyEnd>();
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_EQ(ends[1].choice, 0U);
  EXPECT_EQ(ends[1].reason, FinishReason::kLength);
  EXPECT_EQ(ends[2].choice, 2U);
  EXPECT_EQ(std::get<Usage>(on.sink.events.back()).completion_tokens, 4U);
}

TEST(ScannedReply, AnEarlyEndStillNeedsWhatWaitsToBeClean) {
  Fixture on;
  on.reply.push(ReplyDelta{.text = "now ~planted"});
  on.reply.push(ReplyDelta{.text = "~"});
  on.reply.end_early({});
  EXPECT_EQ(on.sink.all<ReplyEnd>().at(0).reason, FinishReason::kContentFilter);
  EXPECT_TRUE(on.sink.all<Usage>().empty());
}

TEST(ScannedReply, ToolArgumentsWaitUntilTheyAreWhole) {
  Fixture on;
  on.reply.push(ToolCallDelta{.id = "c", .name = "f", .arguments = R"({"a":"\u0072i)"});
  on.reply.push(ToolCallDelta{.arguments = R"(val","b":"\u00e9"})"});
  auto calls = on.sink.all<ToolCallDelta>();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].name, "f");
  EXPECT_EQ(calls[0].arguments, "");
  on.reply.push(ReplyEnd{.reason = FinishReason::kToolCalls});
  calls = on.sink.all<ToolCallDelta>();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[1].arguments, R"({"a":"•••","b":"\u00e9"})");
}

TEST(ScannedReply, ToolArgumentsOver64KilobytesAreCut) {
  Fixture on;
  on.reply.push(ToolCallDelta{.name = "f", .arguments = std::string(64 * 1024, ' ')});
  EXPECT_FALSE(on.reply.cut());
  on.reply.push(ToolCallDelta{.arguments = " "});
  ASSERT_TRUE(on.reply.cut());
  EXPECT_EQ(on.reply.cut()->rule, "reply.tool_arguments");
  EXPECT_EQ(on.reply.scanner().unscanned_bytes(), 64U * 1024 + 1);
}

TEST(ScannedReply, ACutEndsEveryChoiceThatIsOpenAndNothingFollows) {
  Fixture on;
  on.reply.push(ReplyDelta{.choice = 2, .text = "x"});
  on.reply.push(ReplyDelta{.choice = 1, .text = "y"});
  on.reply.push(ReplyEnd{.choice = 1});
  on.reply.push(ReplyDelta{.text = "it is ~planted~ here"});
  on.reply.push(ReplyDelta{.choice = 2, .text = "more"});
  on.reply.finish();
  EXPECT_EQ(on.sink.all<ReplyDelta>().back().text, "it is ~pla");
  const auto ends = on.sink.all<ReplyEnd>();
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_EQ(ends[0].reason, FinishReason::kStop);
  EXPECT_EQ(ends[1].choice, 2U);
  EXPECT_EQ(ends[1].reason, FinishReason::kContentFilter);
  EXPECT_EQ(ends[2].choice, 0U);
  EXPECT_EQ(on.reply.cut()->rule, "canary");
  EXPECT_EQ(on.reply.scanner().unscanned_bytes(), 9U);
}

TEST(ScannedReply, EveryTextOfEveryEventIsScanned) {
  for (const ReplyEvent& event :
       {ReplyEvent(Citation{.title = "~planted~"}), ReplyEvent(Citation{.file = "~planted~"}),
        ReplyEvent(Citation{.quote = "~planted~"}), ReplyEvent(Citation{.heading = "~planted~"}),
        ReplyEvent(ReplyStart{.model = "~planted~"}), ReplyEvent(ToolCallDelta{.id = "~planted~"}),
        ReplyEvent(ToolCallDelta{.name = "~planted~"}),
        ReplyEvent(ReplyDelta{.lane = Lane::kRefusal, .text = "~planted~"}),
        ReplyEvent(Usage{.details_json = R"({"x":"~planted~"})"})}) {
    Fixture on;
    on.reply.push(ReplyEvent(event));
    EXPECT_TRUE(on.reply.cut()) << event.index();
    ASSERT_EQ(on.sink.all<ReplyEnd>().size(), 1U) << event.index();
  }
}

}  // namespace
}  // namespace gatehouse::chat
