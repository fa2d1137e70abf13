#include "socket_command.hpp"

#include <gtest/gtest.h>

namespace gatehouse::channels {
namespace {

using Kind = SocketCommand::Kind;

class SocketCommandTest : public ::testing::Test {
 protected:
  Result<SocketCommand> read(std::string_view text) {
    ref_.clear();
    return read_socket_command(reader_, text, ref_);
  }
  std::string field(std::string_view text) {
    const auto command = read(text);
    return command ? "none" : command.error().field;
  }
  codec::JsonReader reader_{{.depth = chat::kMessageRequestDepth}};
  std::string ref_;
};

TEST_F(SocketCommandTest, AMessageHasTheMembersOfTheNativeApi) {
  const auto command = read(
      R"({"type":"message","ref":"r1","message":"hi","tags":["a"],"metadata":{"n":1},"challenge":"abc"})");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->kind, Kind::kMessage);
  EXPECT_EQ(command->message.message, "hi");
  EXPECT_EQ(command->message.metadata_json, R"({"n":1})");
  EXPECT_EQ(command->challenge, "abc");
  EXPECT_EQ(ref_, "r1");
}

TEST_F(SocketCommandTest, AConversationIsFollowedFromAnEvent) {
  const auto command = read(
      R"({"type":"follow","conversation_id":"01234567-89ab-7000-8000-0123456789ab","last_event_id":"ab-7"})");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->kind, Kind::kFollow);
  EXPECT_EQ(command->after->to_string(), "ab-7");
}

TEST_F(SocketCommandTest, NamesTheMemberAtFaultAndWhoseItWas) {
  EXPECT_EQ(field(R"({"type":"shout","ref":"r2"})"), "type");
  EXPECT_EQ(ref_, "r2");
  EXPECT_EQ(field(R"({})"), "type");
  EXPECT_EQ(field(R"({"type":"ping","extra":1})"), "extra");
  EXPECT_EQ(field(R"({"type":"ping","ref":7})"), "ref");
  EXPECT_EQ(field(R"({"type":"ping","ref":")" + std::string(65, 'x') + R"("})"), "ref");
  EXPECT_EQ(field(R"({"type":"message"})"), "message");
  EXPECT_EQ(field(R"({"type":"message","message":"x","stream":true})"), "stream");
  EXPECT_EQ(field(R"({"type":"stop"})"), "conversation_id");
  EXPECT_EQ(field(R"({"type":"stop","conversation_id":"../x"})"), "conversation_id");
  EXPECT_EQ(
      field(
          R"({"type":"follow","conversation_id":"01234567-89ab-7000-8000-0123456789ab","last_event_id":"x"})"),
      "last_event_id");
  EXPECT_EQ(field("[]"), "");
  EXPECT_EQ(field("{"), "");
}

}  // namespace
}  // namespace gatehouse::channels
