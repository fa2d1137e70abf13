// What every store of accounts, their links, sessions, keys and second factors promises. A back end
// runs it with INSTANTIATE_TEST_SUITE_P(Name, AccountStoreContract, testing::Values(make_mine)).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "gatehouse/identity/testing/account_store.hpp"

namespace gatehouse::identity::testing {

class AccountStoreContract : public ::testing::TestWithParam<MakeAccountStore> {
 protected:
  AccountStoreContract() {
    for (const Account& account : {kAnna, kBen}) EXPECT_TRUE(add(account));
  }

  Result<void> add(const Account& account) {
    return now([&](auto& home) { return accounts().add(home, account, event_named("added")); });
  }
  std::optional<Account> find(const Account& account) {
    return now([&](auto& home) { return accounts().find(home, account.site, account.id); }).value();
  }
  Result<void> erase(const Account& account) {
    return now([&](auto& home) { return accounts().erase(home, account, event_named("erased")); });
  }
  Result<void> begin_session(const Account& account, const std::string& id,
                             std::vector<std::string> ended = {}) {
    const AccountSession session{.id = id,
                                 .token_hash = digest_named(id),
                                 .account_id = account.id,
                                 .account_name = account.name,
                                 .role = account.role,
                                 .created_at = at_minute(0),
                                 .seen_at = at_minute(0),
                                 .user_agent = "curl",
                                 .network = *IpPrefix::parse("198.51.100.7")};
    return now([&](auto& home) {
      return sessions().add(home, session, std::move(ended), event_named("sign_in"));
    });
  }
  std::vector<AccountSession> all_sessions() {
    return now([&](auto& home) { return sessions().load_changed(home, "default", true); })
        .value()
        .value();
  }
  std::vector<std::string> session_ids() {
    std::vector<std::string> ids;
    for (const auto& each : all_sessions()) ids.push_back(each.id);
    std::ranges::sort(ids);
    return ids;
  }
  Result<void> add_key(const Account& account, const std::string& name) {
    const ApiKeyRecord key{.id = "id-" + name,
                           .name = name,
                           .key_hash = digest_named(name),
                           .account_id = account.id,
                           .scopes = static_cast<std::uint8_t>(Scope::kAi),
                           .created_at = at_minute(0),
                           .expires_at = at_minute(9),
                           .requests_per_minute = 3,
                           .tokens_per_day = 4,
                           .money_micros_per_day = 5};
    return now([&](auto& home) { return keys().add(home, key, event_named("key.added")); });
  }
  std::vector<ApiKeyRecord> all_keys() {
    return now([&](auto& home) { return keys().list(home, "default"); }).value();
  }
  Result<void> add_link(const Account& account, const std::string& token, int minute = 60) {
    const Link link{.token_hash = digest_named(token),
                    .account_id = account.id,
                    .expires_at = at_minute(minute)};
    return now([&](auto& home) { return accounts().add_link(home, link, event_named("link")); });
  }
  Result<Account> use_link(const std::string& token, int minute = 0) {
    const LinkUse use{.token_hash = digest_named(token),
                      .password_hash = "$fresh",
                      .new_account = {},
                      .now = at_minute(minute)};
    return now([&](auto& home) { return accounts().use_link(home, use, event_named("used")); });
  }
  static FactorOwner owner(const Account& account) { return {.account_id = account.id}; }
  Result<void> set_up_factor(const Account& account) {
    const auto begun =
        now([&](auto& home) { return factors().begin(home, owner(account), "sealed"); });
    if (!begun) return begun;
    return now([&](auto& home) {
      return factors().confirm(home, owner(account), 7, {digest_named("one"), digest_named("two")},
                               event_named("factor"));
    });
  }
  std::optional<SecondFactor> factor_of(const Account& account) {
    return now([&](auto& home) { return factors().find(home, owner(account)); }).value();
  }
  bool use_step(const Account& account, std::uint64_t step) {
    return now([&](auto& home) { return factors().use_step(home, owner(account), step); }).value();
  }
  bool use_code(const Account& account, const std::string& code) {
    return now([&](auto& home) {
             return factors().use_recovery_code(home, owner(account), digest_named(code),
                                                event_named("recovered"));
           })
        .value();
  }
  template <typename T>
  static ErrorCode code_of(const Result<T>& result) {
    return result ? ErrorCode{} : result.error().code;
  }

  Accounts& accounts() { return store_->accounts(); }
  AccountSessionStore& sessions() { return store_->sessions(); }
  ApiKeyStore& keys() { return store_->keys(); }
  SecondFactors& factors() { return store_->factors(); }

  std::unique_ptr<AccountStoreUnderTest> store_ = GetParam()();
};

TEST_P(AccountStoreContract, AnAccountIsFoundByItsNameAndIdOnItsSiteAlone) {
  const auto by_name = [&](const std::string& site, const std::string& name) {
    return now([&](auto& home) { return accounts().find_by_name(home, site, name); }).value();
  };
  ASSERT_TRUE(by_name("default", "anna"));
  EXPECT_EQ(by_name("default", "anna")->id, kAnna.id);
  EXPECT_EQ(find(kAnna)->role, Role::kOperator);
  EXPECT_FALSE(by_name("other", "anna"));
  EXPECT_FALSE(by_name("default", "carl"));
  Account twin = kAnna;
  twin.id.back() = 'c';
  EXPECT_EQ(code_of(add(twin)), ErrorCode::kConflict);
  twin.site = "other";
  EXPECT_TRUE(add(twin)) << "a name is one of its kind on its site";
  const auto listed = now([&](auto& home) { return accounts().list(home, "default"); }).value();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].name, "anna");
  EXPECT_EQ(listed[1].name, "ben");
}

TEST_P(AccountStoreContract, WhatChangesTheProofEndsItsSessionsAndNobodyElses) {
  const auto change = [&](auto set, Account changed) {
    return now([&](auto& home) { return (accounts().*set)(home, changed, event_named("set")); });
  };
  Account changed = kAnna;
  changed.password_hash = "$other";
  changed.role = Role::kMember;
  for (const auto set : {&Accounts::set_password, &Accounts::set_role}) {
    ASSERT_TRUE(begin_session(kAnna, "a"));
    const auto before = find(kAnna)->epoch;
    ASSERT_TRUE(change(set, changed));
    EXPECT_EQ(session_ids(), std::vector<std::string>{});
    EXPECT_GT(find(kAnna)->epoch, before);
  }
  EXPECT_EQ(find(kAnna)->password_hash, "$other");
  EXPECT_EQ(find(kAnna)->role, Role::kMember);
  ASSERT_TRUE(begin_session(kBen, "b"));
  changed.is_disabled = true;
  ASSERT_TRUE(change(&Accounts::set_disabled, changed));
  EXPECT_TRUE(find(kAnna)->is_disabled);
  EXPECT_EQ(session_ids(), std::vector<std::string>{"b"});
  changed.id.back() = 'f';
  EXPECT_EQ(code_of(change(&Accounts::set_password, changed)), ErrorCode::kNotFound);
}

TEST_P(AccountStoreContract, AnErasedAccountTakesAlongWhatWasItsOwn) {
  EXPECT_EQ(code_of(erase(kAnna)), ErrorCode::kConflict) << "nobody else could look after it all";
  ASSERT_TRUE(begin_session(kBen, "b"));
  ASSERT_TRUE(add_key(kBen, "k"));
  ASSERT_TRUE(add_link(kBen, "t"));
  ASSERT_TRUE(set_up_factor(kBen));
  ASSERT_TRUE(erase(kBen));
  EXPECT_FALSE(find(kBen));
  EXPECT_TRUE(session_ids().empty());
  EXPECT_TRUE(all_keys().empty());
  EXPECT_FALSE(factor_of(kBen));
  EXPECT_EQ(code_of(use_link("t")), ErrorCode::kGone);
  EXPECT_EQ(store_->recorded().back(), "erased");
}

TEST_P(AccountStoreContract, ALinkWorksOnceAndUntilItsTime) {
  ASSERT_TRUE(begin_session(kBen, "b"));
  ASSERT_TRUE(add_link(kBen, "first"));
  ASSERT_TRUE(add_link(kBen, "second"));
  EXPECT_EQ(code_of(use_link("first")), ErrorCode::kGone) << "the later one replaced it";
  EXPECT_EQ(code_of(use_link("second", 61)), ErrorCode::kGone);
  const auto used = use_link("second", 59);
  ASSERT_TRUE(used);
  EXPECT_EQ(used->id, kBen.id);
  EXPECT_EQ(find(kBen)->password_hash, "$fresh");
  EXPECT_TRUE(session_ids().empty());
  EXPECT_EQ(code_of(use_link("second", 59)), ErrorCode::kGone);
}

TEST_P(AccountStoreContract, SessionsMakeRoomAndEndByThemselves) {
  ASSERT_TRUE(begin_session(kAnna, "one"));
  ASSERT_TRUE(begin_session(kAnna, "two", {"one"}));
  ASSERT_TRUE(begin_session(kBen, "three"));
  EXPECT_EQ(session_ids(), (std::vector<std::string>{"three", "two"}));
  const auto kept = all_sessions().front();
  EXPECT_EQ(kept.user_agent, "curl");
  EXPECT_EQ(kept.network, *IpPrefix::parse("198.51.100.7"));
  ASSERT_TRUE(now([&](auto& home) {
    return sessions().note_seen(home, "default", {{.id = "two", .at = at_minute(5)}});
  }));
  const auto removed =
      now([&](auto& home) { return sessions().remove_expired(home, at_minute(-9), at_minute(3)); });
  EXPECT_EQ(removed.value(), 1U);
  EXPECT_EQ(session_ids(), std::vector<std::string>{"two"});
  const auto ended = now([&](auto& home) {
    return sessions().end_all(home, "default", kBen.id, event_named("ended"));
  });
  EXPECT_EQ(ended.value(), 0U);
  const auto all = now([&](auto& home) {
    return sessions().end_all(home, "default", std::nullopt, event_named("ended"));
  });
  EXPECT_EQ(all.value(), 1U);
}

TEST_P(AccountStoreContract, KeysAreKeptAsTheyAreAndGoByTheirId) {
  ASSERT_TRUE(add_key(kAnna, "b"));
  ASSERT_TRUE(add_key(kAnna, "a"));
  ASSERT_EQ(all_keys().size(), 2U);
  const auto kept = all_keys().front();
  EXPECT_EQ(kept.name, "a");
  EXPECT_EQ(kept.key_hash, digest_named("a"));
  EXPECT_EQ(kept.expires_at, at_minute(9));
  EXPECT_EQ(kept.used_at, std::nullopt);
  EXPECT_EQ(kept.requests_per_minute, 3U);
  EXPECT_EQ(kept.tokens_per_day, 4U);
  EXPECT_EQ(kept.money_micros_per_day, 5U);
  ASSERT_TRUE(now([&](auto& home) {
    return keys().note_used(home, "default", {{.id = "id-a", .at = at_minute(4)}});
  }));
  EXPECT_EQ(all_keys().front().used_at, at_minute(4));
  const auto remove = [&](const std::string& id) {
    return now([&](auto& home) { return keys().remove(home, "default", id, event_named("gone")); });
  };
  ASSERT_TRUE(remove("id-a"));
  EXPECT_EQ(code_of(remove("id-a")), ErrorCode::kNotFound);
  EXPECT_EQ(all_keys().size(), 1U);
}

TEST_P(AccountStoreContract, AFactorIsAskedForOnceItIsConfirmed) {
  const auto begin = [&](const std::string& key) {
    return now([&](auto& home) { return factors().begin(home, owner(kAnna), key); });
  };
  ASSERT_TRUE(begin("first"));
  ASSERT_TRUE(begin("second"));
  EXPECT_EQ(factor_of(kAnna)->sealed_key, "second");
  EXPECT_FALSE(factor_of(kAnna)->is_confirmed);
  ASSERT_TRUE(begin_session(kAnna, "a"));
  ASSERT_TRUE(set_up_factor(kAnna));
  EXPECT_TRUE(session_ids().empty()) << "it was begun without it";
  EXPECT_TRUE(factor_of(kAnna)->is_confirmed);
  EXPECT_EQ(factor_of(kAnna)->recovery_codes, 2U);
  EXPECT_EQ(code_of(begin("third")), ErrorCode::kConflict);
  EXPECT_FALSE(factor_of(kBen));
}

TEST_P(AccountStoreContract, CodesOfAFactorWorkOnce) {
  ASSERT_TRUE(set_up_factor(kAnna));
  EXPECT_FALSE(use_step(kAnna, 7)) << "it was confirmed with that one";
  EXPECT_TRUE(use_step(kAnna, 9));
  EXPECT_FALSE(use_step(kAnna, 9));
  EXPECT_FALSE(use_step(kAnna, 8));
  EXPECT_TRUE(use_code(kAnna, "one"));
  EXPECT_FALSE(use_code(kAnna, "one"));
  EXPECT_FALSE(use_code(kAnna, "three"));
  EXPECT_EQ(factor_of(kAnna)->recovery_codes, 1U);
  const auto remove = [&] {
    return now(
        [&](auto& home) { return factors().remove(home, owner(kAnna), event_named("gone")); });
  };
  ASSERT_TRUE(begin_session(kAnna, "a"));
  ASSERT_TRUE(remove());
  EXPECT_FALSE(factor_of(kAnna));
  EXPECT_TRUE(session_ids().empty());
  EXPECT_EQ(code_of(remove()), ErrorCode::kNotFound);
}

TEST_P(AccountStoreContract, EachChangeIsRecordedWithItAndARefusedOneIsNot) {
  ASSERT_EQ(store_->recorded(), (std::vector<std::string>{"added", "added"}));
  EXPECT_FALSE(add(kAnna));
  EXPECT_FALSE(erase(kAnna));
  EXPECT_FALSE(use_link("none"));
  EXPECT_EQ(store_->recorded().size(), 2U);
  ASSERT_TRUE(begin_session(kAnna, "a"));
  ASSERT_TRUE(add_key(kAnna, "k"));
  EXPECT_EQ(store_->recorded(),
            (std::vector<std::string>{"added", "added", "sign_in", "key.added"}));
}

}  // namespace gatehouse::identity::testing
