// Connections that leave HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served_connection.hpp"

namespace gatehouse::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class UpgradeTest : public testing::ServedConnection {
 protected:
  const std::string up_ = "GET /up HTTP/1.1\r\nHost: h\r\n\r\n";
};

TEST_F(UpgradeTest, AConnectionThatLeavesHttpCarriesWhateverComes) {
  const auto head = ask(up_ + "early");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nConnection: Upgrade\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nUpgrade: echo\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(head, EndsWith("\r\n\r\nearly"));
  EXPECT_EQ(ask("GET /b HTTP/1.1\r\n"), "GET /b HTTP/1.1\r\n");
  EXPECT_EQ(ask("more"), "more");
  peer_.end();
  worker_.settle();
  EXPECT_TRUE(upgrading_.has_ended);
  EXPECT_TRUE(has_ended());
}

TEST_F(UpgradeTest, AConnectionThatHasLeftHttpIsToldOfTheDrain) {
  ask(up_);
  drain();
  EXPECT_TRUE(upgrading_.has_ended);
  EXPECT_TRUE(has_ended());
}

TEST_F(UpgradeTest, ARequestWithABodyStaysWithHttp) {
  EXPECT_THAT(ask("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n123"),
              StartsWith("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace gatehouse::server
