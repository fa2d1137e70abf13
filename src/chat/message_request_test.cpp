#include "gatehouse/chat/message_request.hpp"

#include <gtest/gtest.h>

#include <array>

namespace gatehouse::chat {
namespace {

Result<MessageRequest> read(std::string_view text) {
  codec::JsonReader reader({.depth = kMessageRequestDepth});
  constexpr std::array<std::string_view, 1> kBeside = {"type"};
  return read_message_request(*reader.read(text), kBeside);
}

TEST(MessageRequest, ReadsAllMembers) {
  const auto request = read(
      R"({"message":"hi","conversation_id":"01234567-89ab-7000-8000-0123456789ab","message_id":null,"type":"message",)"
      R"("tags":["a-1","b_2"],"metadata":{"page":"/x","n":1,"ok":false}})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->message, "hi");
  EXPECT_EQ(request->conversation_id, "01234567-89ab-7000-8000-0123456789ab");
  EXPECT_TRUE(request->message_id.empty());
  EXPECT_EQ(request->tags, (std::vector<std::string>{"a-1", "b_2"}));
  EXPECT_EQ(request->metadata_json, R"({"page":"/x","n":1,"ok":false})");
}

TEST(MessageRequest, TakesTheFieldThatRobotsFill) {
  EXPECT_EQ(read(R"({"message":"x","website":"http://a.example"})")->website, "http://a.example");
  EXPECT_EQ(read(R"({"message":"x"})")->website, "");
  EXPECT_EQ(read(R"({"message":"x","website":1})").error().field, "website");
}

TEST(MessageRequest, NamesTheMemberAtFault) {
  const auto field = [](std::string_view text) {
    const auto request = read(text);
    return request ? std::string("none") : request.error().field;
  };
  EXPECT_EQ(field(R"({})"), "message");
  EXPECT_EQ(field(R"({"message":1})"), "message");
  EXPECT_EQ(field(R"({"message":"x","extra":1})"), "extra");
  EXPECT_EQ(field(R"({"message":"x","conversation_id":"1"})"), "conversation_id");
  EXPECT_EQ(field(R"({"message":"x","tags":"a"})"), "tags");
  EXPECT_EQ(field(R"({"message":"x","tags":["a","B"]})"), "tags[1]");
  EXPECT_EQ(field(R"({"message":"x","tags":["1","2","3","4","5","6","7","8","9","a","b"]})"),
            "tags");
  EXPECT_EQ(field(R"({"message":"x","metadata":{"a":{}}})"), "metadata.a");
  EXPECT_EQ(field(R"({"message":"x","metadata":[]})"), "metadata");
}

}  // namespace
}  // namespace gatehouse::chat
