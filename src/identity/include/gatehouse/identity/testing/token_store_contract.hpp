// What every store of refresh families and token keys promises. A back end runs it with
// INSTANTIATE_TEST_SUITE_P(Name, TokenStoreContract, testing::Values(make_mine)).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/identity/testing/token_store.hpp"

namespace gatehouse::identity::testing {

class TokenStoreContract : public ::testing::TestWithParam<MakeTokenStore> {
 protected:
  using Ids = std::vector<std::string>;

  TokenStoreContract() {
    store_->add_account(kAnna);
    store_->add_account(kBen);
  }

  static RefreshFamily family_of(const Account& account, const std::string& id, int minute = 0) {
    return {.id = id,
            .account_id = account.id,
            .sealed_secret = std::string("sealed\0secret", 13),
            .created_at = at_minute(minute),
            .refreshed_at = at_minute(minute),
            .client = {.user_agent = "curl", .network = *IpPrefix::parse("198.51.100.7")}};
  }
  Result<Ids> add(const RefreshFamily& family, std::uint32_t per_account = 20) {
    return async::answer_of([&](async::Worker& home) {
      return families().add(home, family, 1, per_account, event_named("sign_in"));
    });
  }
  std::optional<FoundFamily> find(const std::string& id, const std::string& site = "default") {
    return async::answer_of([&](async::Worker& home) { return families().find(home, site, id); })
        .value();
  }
  bool advance(const std::string& id, std::uint64_t from, int minute = 1) {
    return async::answer_of([&](async::Worker& home) {
             return families().advance(home, "default", id, from, other_client_, at_minute(minute));
           })
        .value();
  }
  bool end(const std::string& id) {
    return async::answer_of([&](async::Worker& home) {
             return families().end(home, "default", id, event_named("tokens.ended"));
           })
        .value();
  }
  Ids ids_of(const Account& account) {
    const auto found = async::answer_of([&](async::Worker& home) {
                         return families().list(home, "default", account.id);
                       }).value();
    Ids ids;
    for (const auto& each : found) ids.push_back(each.id);
    return ids;
  }
  std::vector<LiveFamily> live() {
    return async::answer_of(
               [&](async::Worker& home) { return families().load_changed(home, "default", true); })
        .value()
        .value();
  }
  void rotate(const std::string& kid, int minute, bool ends_all = false) {
    const KeyRotation rotation{.fresh = {.kid = kid,
                                         .algorithm = crypto::JwsAlgorithm::kHs256,
                                         .sealed_secret = std::string("key\0", 4) + kid,
                                         .created_at = at_minute(minute)},
                               .others_until = at_minute(minute + 20),
                               .ends_all = ends_all};
    const auto rotated = async::answer_of([&](async::Worker& home) {
      return keys().rotate(home, rotation, event_named("keys.rotated"));
    });
    ASSERT_TRUE(rotated) << rotated.error().for_log();
  }
  std::vector<StoredTokenKey> all_keys() {
    return async::answer_of([&](async::Worker& home) { return keys().list(home, "default"); })
        .value();
  }
  RefreshFamilyStore& families() { return store_->families(); }
  TokenKeyStore& keys() { return store_->keys(); }

  const std::unique_ptr<TokenStoreUnderTest> store_ = GetParam()();
  const TokenClient other_client_{.user_agent = "wget",
                                  .network = *IpPrefix::parse("2001:db8::/64")};
};

TEST_P(TokenStoreContract, GivesBackWhatWasAdded) {
  ASSERT_TRUE(add(family_of(kAnna, "one")));
  const auto found = find("one");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->family.account_id, kAnna.id);
  EXPECT_EQ(found->family.generation, 1U);
  EXPECT_EQ(found->family.sealed_secret, std::string("sealed\0secret", 13));
  EXPECT_EQ(found->family.created_at, at_minute(0));
  EXPECT_EQ(found->family.refreshed_at, at_minute(0));
  EXPECT_EQ(found->family.client, family_of(kAnna, "").client);
  EXPECT_EQ(found->account.name, "anna");
  EXPECT_EQ(found->account.role, Role::kOperator);
  EXPECT_EQ(found->account.epoch, 1U);
  EXPECT_FALSE(find("one", "other"));
  EXPECT_FALSE(find("two"));
  EXPECT_EQ(store_->recorded(), Ids{"sign_in"});
}

TEST_P(TokenStoreContract, AdvancesEachGenerationOnce) {
  ASSERT_TRUE(add(family_of(kAnna, "one")));
  EXPECT_FALSE(advance("one", 2));
  EXPECT_TRUE(advance("one", 1, 7));
  EXPECT_FALSE(advance("one", 1));
  EXPECT_FALSE(advance("two", 1));
  const auto found = find("one");
  EXPECT_EQ(found->family.generation, 2U);
  EXPECT_EQ(found->family.created_at, at_minute(0));
  EXPECT_EQ(found->family.refreshed_at, at_minute(7));
  EXPECT_EQ(found->family.client, other_client_);
}

TEST_P(TokenStoreContract, EndsOnceWithOneRecord) {
  ASSERT_TRUE(add(family_of(kAnna, "one")));
  EXPECT_TRUE(end("one"));
  EXPECT_FALSE(end("one"));
  EXPECT_FALSE(find("one"));
  EXPECT_FALSE(advance("one", 1));
  EXPECT_EQ(store_->recorded(), (Ids{"sign_in", "tokens.ended"}));
}

TEST_P(TokenStoreContract, BeginsNothingForAnAccountThatHasChangedOrIsGone) {
  store_->change_password(kAnna);
  store_->disable(kBen);
  const Account nobody{.id = "0199a1b2-0000-7000-8000-00000000000c"};
  for (const Account& account : {kAnna, kBen, nobody}) {
    const auto added = add(family_of(account, "one"));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ErrorCode::kConflict);
    EXPECT_FALSE(find("one"));
  }
}

TEST_P(TokenStoreContract, WhatEndsSessionsEndsFamiliesAndRaisesTheEpoch) {
  ASSERT_TRUE(add(family_of(kAnna, "one")));
  ASSERT_TRUE(add(family_of(kBen, "two")));
  store_->change_password(kAnna);
  EXPECT_FALSE(find("one"));
  EXPECT_EQ(store_->epoch_of(kAnna), 2U);
  EXPECT_TRUE(find("two"));
  EXPECT_EQ(store_->epoch_of(kBen), 1U);
  store_->disable(kBen);
  EXPECT_FALSE(find("two"));
  EXPECT_EQ(store_->epoch_of(kBen), 2U);
  EXPECT_TRUE(live().empty());
}

TEST_P(TokenStoreContract, TheOneThatWasRefreshedLongestAgoMakesRoom) {
  ASSERT_TRUE(add(family_of(kAnna, "one", 1), 2));
  ASSERT_TRUE(add(family_of(kAnna, "two", 2), 2));
  ASSERT_TRUE(add(family_of(kBen, "bens", 0), 2));
  ASSERT_TRUE(advance("one", 1, 3));
  EXPECT_EQ(add(family_of(kAnna, "three", 4), 2).value(), Ids{"two"});
  EXPECT_EQ(ids_of(kAnna), (Ids{"three", "one"}));
  EXPECT_EQ(ids_of(kBen), Ids{"bens"});
}

TEST_P(TokenStoreContract, TellsWhichLive) {
  ASSERT_TRUE(add(family_of(kAnna, "one")));
  const auto all = live();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, "one");
  EXPECT_EQ(all[0].account_id, kAnna.id);
  EXPECT_EQ(all[0].epoch, 1U);
}

TEST_P(TokenStoreContract, RemovesWhatIsOldOrForgotten) {
  ASSERT_TRUE(add(family_of(kAnna, "old", 0)));
  ASSERT_TRUE(add(family_of(kAnna, "forgotten", 10)));
  ASSERT_TRUE(add(family_of(kAnna, "good", 10)));
  ASSERT_TRUE(advance("old", 1, 30));
  ASSERT_TRUE(advance("good", 1, 30));
  const auto removed = async::answer_of([&](async::Worker& home) {
    return families().remove_expired(home, at_minute(5), at_minute(20));
  });
  auto ids = removed.value();
  std::ranges::sort(ids);
  EXPECT_EQ(ids, (Ids{"forgotten", "old"}));
  EXPECT_EQ(ids_of(kAnna), Ids{"good"});
}

TEST_P(TokenStoreContract, ANewKeySignsAndThoseBeforeAreAcceptedForATime) {
  EXPECT_TRUE(all_keys().empty());
  rotate("first", 0);
  rotate("second", 10);
  rotate("third", 15);
  const auto all = all_keys();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].kid, "third");
  EXPECT_EQ(all[0].sealed_secret, std::string("key\0third", 9));
  EXPECT_EQ(all[0].algorithm, crypto::JwsAlgorithm::kHs256);
  EXPECT_EQ(all[0].created_at, at_minute(15));
  EXPECT_FALSE(all[0].accepted_until);
  EXPECT_EQ(all[1].accepted_until, at_minute(35));
  EXPECT_EQ(all[2].accepted_until, at_minute(30)) << "not longer with each new one";
  const auto removed = async::answer_of(
      [&](async::Worker& home) { return keys().remove_expired(home, at_minute(30)); });
  EXPECT_EQ(removed.value(), 1U);
  EXPECT_EQ(all_keys().size(), 2U);
  EXPECT_EQ(store_->recorded().size(), 3U);
}

TEST_P(TokenStoreContract, EndingAllLeavesTheNewKeyAlone) {
  rotate("first", 0);
  ASSERT_TRUE(add(family_of(kAnna, "one")));
  rotate("second", 10, true);
  const auto all = all_keys();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kid, "second");
  EXPECT_FALSE(find("one"));
  EXPECT_EQ(store_->epoch_of(kAnna), 2U);
}

}  // namespace gatehouse::identity::testing
