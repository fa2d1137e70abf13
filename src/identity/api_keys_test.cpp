#include "gatehouse/identity/api_keys.hpp"

#include <gtest/gtest.h>

namespace gatehouse::identity {
namespace {

using std::chrono::hours;

class Keys : public testing::Test {
 protected:
  IssuedApiKey made(ApiKeyRecord wanted = {.name = "the shop"}) {
    if (wanted.scopes == 0) wanted.scopes = static_cast<std::uint8_t>(Scope::kAi);
    auto issued = issue_api_key(std::move(wanted), clock_.wall(), random_);
    keys_.add(issued.record);
    return issued;
  }
  bool opens(std::string_view key) { return keys_.verify(key).has_value(); }

  FakeClock clock_;
  SecureRandom random_;
  ApiKeys keys_{clock_, random_};
};

TEST_F(Keys, OpenAndNothingElseDoes) {
  const auto issued = made();
  const std::string key(issued.key.reveal());
  for (int i = 0; i < 2; ++i) {
    const auto found = keys_.verify(key);
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)->name, "the shop");
  }
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::string changed = key;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(opens(changed)) << i;
    EXPECT_FALSE(opens(key.substr(0, i))) << i;
    EXPECT_FALSE(is_api_key_form(changed)) << i;
  }
  EXPECT_FALSE(opens(key + "a"));
  EXPECT_FALSE(opens(""));
  EXPECT_FALSE(opens(std::string(10'000, 'g')));
  EXPECT_FALSE(opens(issue_api_key(issued.record, clock_.wall(), random_).key.reveal()));
}

TEST_F(Keys, HaveAFormThatIsKnownWithoutAskingAnybody) {
  const auto issued = made();
  const std::string key(issued.key.reveal());
  EXPECT_TRUE(is_api_key_form(key));
  EXPECT_TRUE(key.starts_with("gh_default_" + issued.record.id + "_"));
  EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos);
  EXPECT_EQ(key.size(), 3 + 8 + 13 + 1 + 52 + 4U);
  EXPECT_EQ(issued.record.key_hash, crypto::sha256(key));
}

TEST_F(Keys, EndAtTheirTimeOrWhenTheyAreRemoved) {
  const auto for_an_hour = made({.name = "x", .expires_at = clock_.wall() + hours(1)});
  const auto for_ever = made();
  EXPECT_TRUE(opens(for_an_hour.key.reveal()));
  EXPECT_TRUE(opens(for_ever.key.reveal()));
  clock_.advance(hours(1));
  EXPECT_FALSE(opens(for_an_hour.key.reveal()));
  keys_.remove(for_ever.record.id);
  EXPECT_FALSE(opens(for_ever.key.reveal()));
  EXPECT_FALSE(keys_.is_empty());
}

TEST_F(Keys, TakeOverWhatTheStoreHasButNothingOlder) {
  const auto kept = made();
  const auto gone = made();
  ASSERT_TRUE(opens(kept.key.reveal()));
  const auto generation = keys_.generation();
  EXPECT_TRUE(keys_.load({kept.record}, generation));
  EXPECT_TRUE(opens(kept.key.reveal()));
  EXPECT_FALSE(opens(gone.key.reveal()));
  const auto fresh = made();
  EXPECT_FALSE(keys_.load({}, generation));
  EXPECT_TRUE(opens(fresh.key.reveal()));
}

TEST_F(Keys, TellTheStoreWhenTheyWereUsed) {
  const auto issued = made();
  EXPECT_TRUE(keys_.take_used().empty());
  ASSERT_TRUE(opens(issued.key.reveal()));
  const auto used = keys_.take_used();
  ASSERT_EQ(used.size(), 1U);
  EXPECT_EQ(used[0].id, issued.record.id);
  EXPECT_EQ(used[0].at, clock_.wall());
  EXPECT_TRUE(keys_.take_used().empty());
}

TEST(Scopes, AreNamed) {
  EXPECT_EQ(names_of(*scopes_of("metrics, ai")), "ai,metrics");
  EXPECT_EQ(names_of(*scopes_of("ai")), "ai");
  EXPECT_FALSE(scopes_of(""));
  EXPECT_FALSE(scopes_of("ai,root"));
}

TEST(KeyName, StandsOnOneLine) {
  EXPECT_EQ(read_key_name("  the shop ").value(), "the shop");
  EXPECT_EQ(read_key_name("лавка").value(), "лавка");
  for (const std::string_view bad : {"", "   ", "a\nb", "\x1b[31m", "\xff"})
    EXPECT_FALSE(read_key_name(bad)) << bad;
  EXPECT_FALSE(read_key_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace gatehouse::identity
