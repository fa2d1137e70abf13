#include "gatehouse/guard/bans.hpp"

#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{std::chrono::milliseconds(1'800'000'000'000)};

class BansTest : public testing::Test {
 protected:
  static IpPrefix client(std::string_view text) {
    return IpPrefix::of_client(*IpAddress::parse(text));
  }
  static IpAddress address(std::string_view text) { return *IpAddress::parse(text); }

  SecureRandom random_;
  Bans bans_{random_, BanSettings{.never = {*IpPrefix::parse("203.0.113.0/24")}}};
};

TEST_F(BansTest, HoldsForItsClientAndItsTimeOnly) {
  const auto begun = bans_.begin(client("198.51.100.7"), "limit.exceeded", kNow);
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_GE(begun[0].expires_at - kNow, 9min);
  EXPECT_LE(begun[0].expires_at - kNow, 11min);
  EXPECT_TRUE(bans_.find(address("198.51.100.7"), kNow));
  EXPECT_TRUE(bans_.find(address("198.51.100.7"), begun[0].expires_at - 1ms));
  EXPECT_FALSE(bans_.find(address("198.51.100.7"), begun[0].expires_at));
  EXPECT_FALSE(bans_.find(address("198.51.100.8"), kNow));
}

TEST_F(BansTest, GrowsWithEachAndForgetsWithCleanWeeks) {
  WallTime now = kNow;
  Duration before{};
  for (int i = 0; i < 5; ++i) {
    const auto begun = bans_.begin(client("198.51.100.7"), "r", now);
    ASSERT_EQ(begun.size(), 1U);
    EXPECT_GT(begun[0].expires_at - now, before);
    before = begun[0].expires_at - now;
    now = begun[0].expires_at + 1ms;
  }
  EXPECT_GT(before, 140min);
  EXPECT_LT(bans_.begin(client("198.51.100.7"), "r", now + std::chrono::weeks(5))[0].expires_at -
                (now + std::chrono::weeks(5)),
            12min);
}

TEST_F(BansTest, IsCappedAtItsGreatest) {
  bans_.load({Ban{.prefix = client("198.51.100.7"), .expires_at = kNow, .strikes = 20}});
  const auto begun = bans_.begin(client("198.51.100.7"), "r", kNow + 1ms);
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_LE(begun[0].expires_at - kNow, 27h);
}

TEST_F(BansTest, NeverHoldsTheExempt) {
  EXPECT_TRUE(bans_.begin(client("203.0.113.9"), "r", kNow).empty());
  EXPECT_TRUE(bans_.begin(client("127.0.0.1"), "r", kNow).empty());
  bans_.load({Ban{.prefix = *IpPrefix::parse("203.0.0.0/16"), .expires_at = kNow + 1h}});
  EXPECT_FALSE(bans_.find(address("203.0.113.9"), kNow));
  EXPECT_TRUE(bans_.find(address("203.0.112.9"), kNow));
}

TEST_F(BansTest, WidensAnIPv6NetworkWhoseNeighboursOffend) {
  const auto child = [](int network, int i) {
    return client("2001:db8:7:" + std::to_string(network * 100 + i) + "::1");
  };
  for (int i = 1; i <= 3; ++i) bans_.begin(child(1, i), "r", kNow);
  EXPECT_FALSE(bans_.find(address("2001:db8:7:109::1"), kNow));
  const auto begun = bans_.begin(child(1, 4), "r", kNow);
  ASSERT_EQ(begun.size(), 2U);
  EXPECT_EQ(begun[1].prefix.length(), 56U);
  EXPECT_TRUE(bans_.find(address("2001:db8:7:109::1"), kNow));
  EXPECT_FALSE(bans_.find(address("2001:db8:7:201::1"), kNow));
}

TEST_F(BansTest, DoesNotWidenForNeighboursFarApartInTime) {
  for (int i = 1; i <= 4; ++i)
    EXPECT_EQ(
        bans_.begin(client("2001:db8:7:10" + std::to_string(i) + "::1"), "r", kNow + i * 11min)
            .size(),
        1U);
}

TEST_F(BansTest, AreNotPushedOut) {
  const auto first = client("198.51.100.7");
  bans_.begin(first, "r", kNow);
  for (std::uint32_t i = 0; i < Bans::kMaxBans + 1000; ++i)
    bans_.begin(IpPrefix::of_client(IpAddress::from_v4(0x0B000000U + i)), "r", kNow);
  EXPECT_TRUE(bans_.find(address("198.51.100.7"), kNow));
  EXPECT_EQ(bans_.active(kNow), Bans::kMaxBans);
  EXPECT_EQ(bans_.begin(client("192.0.2.1"), "r", kNow + 1h).size(), 1U);
}

}  // namespace
}  // namespace gatehouse::guard
