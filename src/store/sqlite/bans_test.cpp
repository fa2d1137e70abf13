#include "gatehouse/store/sqlite/bans.hpp"

#include <gtest/gtest.h>

#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{std::chrono::milliseconds(1'800'000'000'000)};

TEST(Bans, ComeBackAsTheyWerePut) {
  TemporaryStore store;
  Bans bans(*store.open.file.writer);
  guard::Ban ban{.prefix = *IpPrefix::parse("2001:db8:1::/56"),
                 .begins_at = kNow,
                 .expires_at = kNow + 1h,
                 .strikes = 3,
                 .reason = "limit.exceeded"};
  ASSERT_TRUE(bans.put_and_wait("default", ban));
  ban.expires_at = kNow;
  ban.is_by_operator = true;
  ASSERT_TRUE(bans.put_and_wait("default", ban));
  const auto loaded = bans.load_all_and_wait("default");
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->size(), 1U);
  EXPECT_EQ((*loaded)[0].prefix, ban.prefix);
  EXPECT_EQ((*loaded)[0].expires_at, kNow);
  EXPECT_EQ((*loaded)[0].strikes, 3U);
  EXPECT_EQ((*loaded)[0].reason, "limit.exceeded");
  EXPECT_TRUE((*loaded)[0].is_by_operator);
  EXPECT_TRUE(bans.load_all_and_wait("other")->empty());
}

}  // namespace
}  // namespace gatehouse::store::sqlite
