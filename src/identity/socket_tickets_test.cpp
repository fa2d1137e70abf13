#include "gatehouse/identity/socket_tickets.hpp"

#include <gtest/gtest.h>

namespace gatehouse::identity {
namespace {

class SocketTicketsTest : public ::testing::Test {
 protected:
  Result<std::string> issue(const std::string& origin = "https://a.example") {
    return tickets_.issue({.kind = Principal::Kind::kVisitor, .id = "v"}, origin);
  }
  FakeClock clock_;
  SecureRandom random_;
  SocketTickets tickets_{clock_, random_};
};

TEST_F(SocketTicketsTest, ATicketHoldsOnceAndForItsPrincipal) {
  const auto ticket = issue();
  ASSERT_TRUE(ticket);
  EXPECT_GE(ticket->size(), 22U);  // 128 bits and more
  const auto principal = tickets_.redeem(*ticket, "https://a.example");
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->owner(), "visitor:v");
  const auto again = tickets_.redeem(*ticket, "https://a.example");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kUnauthenticated);
}

TEST_F(SocketTicketsTest, AnotherOriginUsesItUp) {
  const auto ticket = issue();
  EXPECT_FALSE(tickets_.redeem(*ticket, "https://b.example"));
  EXPECT_FALSE(tickets_.redeem(*ticket, "https://a.example"));
  EXPECT_FALSE(tickets_.redeem(*issue(), ""));
  EXPECT_TRUE(tickets_.redeem(*issue(""), ""));
}

TEST_F(SocketTicketsTest, ATicketIsGoodForHalfAMinute) {
  const auto ticket = issue();
  const auto other = issue();
  clock_.advance(SocketTickets::kLifetime - std::chrono::milliseconds(1));
  EXPECT_TRUE(tickets_.redeem(*ticket, "https://a.example"));
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(tickets_.redeem(*other, "https://a.example"));
}

TEST_F(SocketTicketsTest, NonsenseIsNoTicket) {
  for (const std::string& text : {std::string(), std::string("x"), std::string(100'000, 'x')})
    EXPECT_FALSE(tickets_.redeem(text, ""));
}

TEST_F(SocketTicketsTest, ThereAreNeverMoreThanTheTableHolds) {
  for (std::size_t i = 0; i < SocketTickets::kMost; ++i) ASSERT_TRUE(issue());
  const auto refused = issue();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  clock_.advance(SocketTickets::kLifetime);
  EXPECT_TRUE(issue());
}

}  // namespace
}  // namespace gatehouse::identity
