#include "line_event.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::channels::line {
namespace {

const std::string kUser = "U" + std::string(32, 'a');
const std::string kGroup = "C" + std::string(32, 'b');

std::string in_chat() { return R"({"type":"user","userId":")" + kUser + "\"}"; }
std::string in_group() {
  return R"({"type":"group","groupId":")" + kGroup + R"(","userId":")" + kUser + "\"}";
}

std::string event_with(const std::string& members, const std::string& source = in_chat()) {
  return R"({"timestamp":1700000000123,"mode":"active","webhookEventId":"01H",)"
         R"("deliveryContext":{"isRedelivery":false},"replyToken":"r1","source":)" +
         source + "," + members + "}";
}

std::string message_with(const std::string& members, const std::string& source = in_chat()) {
  return event_with(
      R"("type":"message","message":{"id":"42","markAsReadToken":"m1",)" + members + "}", source);
}

Event read_one(const std::string& json) {
  const auto read = read_webhook(R"({"destination":"x","events":[)" + json + "]}");
  EXPECT_TRUE(read.has_value());
  return read ? read->at(0).event : Event();
}

TEST(LineEvent, ReadsATextInItsChat) {
  const Event event = read_one(message_with(R"("type":"text","text":"  Hello \u3053  ")"));
  EXPECT_EQ(event.kind, EventKind::kText);
  EXPECT_EQ(event.id, "01H");
  EXPECT_TRUE(event.is_active);
  EXPECT_FALSE(event.is_redelivery);
  EXPECT_EQ(unix_ms(event.at), 1'700'000'000'123);
  EXPECT_EQ(event.user_id, kUser);
  EXPECT_EQ(event.chat_id, kUser);
  EXPECT_FALSE(event.is_in_group);
  EXPECT_EQ(event.reply_token, "r1");
  EXPECT_EQ(event.message_id, "42");
  EXPECT_EQ(event.read_token, "m1");
  EXPECT_EQ(event.text, "Hello こ");
  EXPECT_TRUE(event.wants_answer());
}

TEST(LineEvent, ReadsAgainWhatItGave) {
  const auto read = read_webhook(
      R"({"events":[)" + message_with(R"("type":"text","text":"a\"b\\c \ud83d\ude00")") + "]}");
  ASSERT_TRUE(read);
  const auto again = read_event(read->at(0).json);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text, "a\"b\\c 😀");
  EXPECT_EQ(again->id, read->at(0).event.id);
}

TEST(LineEvent, AnswersInGroupsOnlyWhenItIsMentioned) {
  const auto said = [](const std::string& mentionees) {
    return read_one(message_with(R"("type":"text","text":"😀 @Bot how @Bob?","mention":{)"
                                 R"("mentionees":[)" +
                                     mentionees + "]}",
                                 in_group()));
  };
  const Event of_bot = said(R"({"index":3,"length":4,"type":"user","isSelf":true})");
  EXPECT_TRUE(of_bot.wants_answer());
  EXPECT_EQ(of_bot.text, "😀 how @Bob?") << "places are UTF-16 units, and the mention is gone";
  EXPECT_EQ(of_bot.chat_id, kGroup);
  EXPECT_EQ(of_bot.user_id, kUser);
  for (const std::string others : {R"({"index":12,"length":4,"type":"user","isSelf":false})",
                                   R"({"index":3,"length":4,"type":"all"})", ""}) {
    const Event event = said(others);
    EXPECT_FALSE(event.wants_answer()) << others;
    EXPECT_EQ(event.text, "😀 @Bot how @Bob?");
  }
  EXPECT_FALSE(
      read_one(message_with(R"("type":"sticker","keywords":["hi"])", in_group())).wants_answer());
}

TEST(LineEvent, SurvivesMentionsThatAreNowhere) {
  for (const std::string place :
       {R"("index":99,"length":4)", R"("index":-1,"length":4)", R"("index":0)",
        R"("index":0,"length":18446744073709551615)", R"("index":0.5,"length":1)"}) {
    const Event event = read_one(message_with(
        R"("type":"text","text":"hey","mention":{"mentionees":[{"isSelf":true,)" + place + "}]}",
        in_group()));
    EXPECT_TRUE(event.mentions_bot) << place;
    EXPECT_EQ(event.text, "hey") << place;
  }
}

TEST(LineEvent, SaysInWordsWhatStickersAndPlacesAre) {
  EXPECT_EQ(read_one(message_with(R"("type":"sticker","keywords":["hi","wave"])")).text,
            "(sticker: hi, wave)");
  EXPECT_EQ(read_one(message_with(R"("type":"sticker","text":"On my way","keywords":["a"])")).text,
            "On my way");
  EXPECT_EQ(read_one(message_with(R"("type":"sticker")")).text, "");
  const Event place = read_one(
      message_with(R"("type":"location","title":"Office","address":"1-3 Kioicho","latitude":35.5,)"
                   R"("longitude":139.25)"));
  EXPECT_EQ(place.text, "My location: Office, 1-3 Kioicho (35.5, 139.25)");
  EXPECT_EQ(read_one(message_with(R"("type":"location")")).text, "");
}

TEST(LineEvent, KnowsItsKinds) {
  EXPECT_EQ(read_one(message_with(R"("type":"image")")).kind, EventKind::kImage);
  EXPECT_EQ(read_one(message_with(R"("type":"file")")).kind, EventKind::kFile);
  EXPECT_EQ(read_one(message_with(R"("type":"audio")")).kind, EventKind::kAudio);
  EXPECT_EQ(read_one(message_with(R"("type":"video")")).kind, EventKind::kVideo);
  const Event unsend = read_one(event_with(R"("type":"unsend","unsend":{"messageId":"42"})"));
  EXPECT_EQ(unsend.kind, EventKind::kUnsend);
  EXPECT_EQ(unsend.message_id, "42");
  EXPECT_FALSE(unsend.wants_answer());
  const Event pressed = read_one(event_with(R"("type":"postback","postback":{"data":"d"})"));
  EXPECT_EQ(pressed.kind, EventKind::kPostback);
  EXPECT_EQ(pressed.text, "d");
  EXPECT_EQ(read_one(event_with(R"("type":"follow")")).kind, EventKind::kFollow);
  EXPECT_EQ(read_one(event_with(R"("type":"leave")", in_group())).kind, EventKind::kLeave);
}

TEST(LineEvent, PassesOverWhatItDoesNotKnow) {
  for (const std::string& strange :
       {event_with(R"("type":"holoCall")"), message_with(R"("type":"hologram")"),
        event_with(R"("type":"message")"), std::string("{}"), std::string("7"), std::string("null"),
        event_with(R"("type":"message","message":{"type":"text"})"),
        event_with(R"("type":"follow")", R"({"type":"user","userId":"../x"})"),
        event_with(R"("type":"follow")", R"({"type":"planet"})")}) {
    const Event event = read_one(strange);
    EXPECT_EQ(event.kind, EventKind::kOther) << strange;
    EXPECT_FALSE(event.wants_answer()) << strange;
    EXPECT_FALSE(read_event(strange)) << strange;
  }
}

TEST(LineEvent, AnswersNothingInStandby) {
  std::string json = message_with(R"("type":"text","text":"hi")");
  json.replace(json.find("active"), 6, "standby");
  EXPECT_FALSE(read_one(json).wants_answer());
}

TEST(LineEvent, RefusesWhatIsNoWebhook) {
  for (const std::string body : {"", "{", "[]", "{}", R"({"events":{}})", R"({"events":"x"})"})
    EXPECT_EQ(read_webhook(body).error().code, ErrorCode::kInvalid) << body;
  EXPECT_TRUE(read_webhook(R"({"destination":"U1","events":[]})")->empty());
  std::string many = "{}";
  for (std::size_t i = 1; i < kMaxEvents; ++i) many += ",{}";
  EXPECT_EQ(read_webhook(R"({"events":[)" + many + "]}")->size(), kMaxEvents);
  EXPECT_FALSE(read_webhook(R"({"events":[)" + many + ",{}]}"));
}

}  // namespace
}  // namespace gatehouse::channels::line
