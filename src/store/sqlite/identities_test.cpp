// Who signs in by which provider, and what a provider's logout ends.
#include "gatehouse/store/sqlite/identities.hpp"

#include <gtest/gtest.h>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/identity/testing/token_store.hpp"
#include "gatehouse/store/sqlite/account_sessions.hpp"
#include "gatehouse/store/sqlite/accounts.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"
#include "gatehouse/store/sqlite/refresh_families.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

using identity::Account;
using identity::openid::Identity;
using identity::openid::LoggedOut;
using identity::openid::ProviderLogout;
using identity::testing::at_minute;
using identity::testing::event_named;
using identity::testing::kAnna;
using identity::testing::kBen;
using ::testing::Test;

constexpr std::string_view kIssuer = "https://login.example.com";

template <typename Start>
auto now(Start start) {
  return async::answer_of([&](async::Worker& home) { return start(home); });
}

class IdentityStore : public Test {
 protected:
  IdentityStore() {
    for (const Account& account : {kAnna, kBen}) add(account);
  }
  void add(const Account& account) {
    const auto added = now([&](auto& home) { return accounts_.add(home, account, event()); });
    ASSERT_TRUE(added) << added.error().for_log();
  }
  static audit::Event event(std::string_view action = "test") { return event_named(action); }

  static Identity identity(const std::string& id, const Account& account,
                           const std::string& subject) {
    return {.id = id,
            .account_id = account.id,
            .provider = "openid",
            .issuer = std::string(kIssuer),
            .subject = subject,
            .email = "a@example.org",
            .linked_at = at_minute(0),
            .last_used_at = at_minute(0)};
  }
  Result<void> link(const Identity& identity) {
    return now([&](auto& home) { return identities_.link(home, identity, event("linked")); });
  }
  auto find(const std::string& subject, const std::string& issuer = std::string(kIssuer)) {
    return now([&](auto& home) { return identities_.find(home, "default", issuer, subject); })
        .value();
  }
  Result<void> unlink(const Account& account, const std::string& id) {
    return now([&](auto& home) {
      return identities_.unlink(home, "default", account.id, id, event("unlinked"));
    });
  }
  Result<void> begin(const Account& account, const std::string& session,
                     const std::string& identity, const std::string& provider_session) {
    const identity::AccountSession begun{.id = session,
                                         .token_hash = crypto::sha256(session),
                                         .account_id = account.id,
                                         .created_at = at_minute(1),
                                         .seen_at = at_minute(1)};
    return now([&](auto& home) {
      return identities_.begin_session(
          home, begun, {},
          {.identity_id = identity, .email = "new@example.org", .session_id = provider_session},
          event("begun"));
    });
  }
  Result<LoggedOut> log_out(const std::string& token, const std::string& subject,
                            const std::string& session,
                            const std::string& issuer = std::string(kIssuer)) {
    const ProviderLogout logout{.issuer = issuer,
                                .subject = subject,
                                .session_id = session,
                                .token_id = token,
                                .expires_at = at_minute(14),
                                .now = now_};
    return now([&](auto& home) { return identities_.log_out(home, logout, event("logout")); });
  }
  std::vector<std::string> sessions() {
    std::vector<std::string> ids;
    for (const auto& each : sessions_.load_all_and_wait("default").value()) ids.push_back(each.id);
    return ids;
  }
  std::vector<audit::Event> recorded(std::string_view action) {
    const auto records =
        now([&](auto& home) { return audit_.read(home, "default", 0, 1000); }).value();
    std::vector<audit::Event> events;
    for (const auto& each : records)
      if (each.record.event.action == action) events.push_back(each.record.event);
    return events;
  }

  TemporaryStore store_;
  Writer& writer_ = *store_.open.file.writer;
  Readers& readers_ = *store_.open.file.readers;
  Accounts accounts_{writer_, readers_};
  AccountSessions sessions_{writer_};
  RefreshFamilies families_{writer_, readers_};
  AuditLog audit_{writer_, readers_};
  Identities identities_{writer_, readers_};
  WallTime now_ = at_minute(0);
};

using Ids = std::vector<std::string>;

TEST_F(IdentityStore, FindsWhoseAnIdentityIs) {
  ASSERT_TRUE(link(identity("i1", kAnna, "s1")));
  const auto found = find("s1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->account.name, "anna");
  EXPECT_EQ(found->identity.id, "i1");
  EXPECT_EQ(found->identity.email, "a@example.org");
  EXPECT_FALSE(find("s2"));
  EXPECT_FALSE(find("s1", "https://other.example")) << "another provider may have the same number";
  EXPECT_EQ(recorded("linked").size(), 1U);
}

TEST_F(IdentityStore, AnIdentityBelongsToOneAccount) {
  ASSERT_TRUE(link(identity("i1", kAnna, "s1")));
  EXPECT_EQ(link(identity("i2", kBen, "s1")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(link(identity("i3", kAnna, "s1")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(find("s1")->account.name, "anna");
  EXPECT_EQ(link(identity("i4", {.id = "nobody"}, "s4")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(recorded("linked").size(), 1U) << "what didn't happen is not recorded";
}

TEST_F(IdentityStore, AnAccountHasABoundOfThem) {
  for (std::size_t i = 0; i < Identity::kMostPerAccount; ++i)
    ASSERT_TRUE(link(identity("i" + std::to_string(i), kAnna, "s" + std::to_string(i))));
  EXPECT_EQ(link(identity("more", kAnna, "more")).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(link(identity("other", kBen, "more")));
}

TEST_F(IdentityStore, ANewAccountComesWithItsIdentityOrNotAtAll) {
  const Account carl{.id = "carl-1", .name = "carl@example.org"};
  const auto add_account = [&](const Account& account, const Identity& identity) {
    return now([&](auto& home) {
      return identities_.add_account(home, account, identity, event("added"));
    });
  };
  ASSERT_TRUE(link(identity("i1", kAnna, "taken")));
  EXPECT_EQ(add_account(carl, identity("i2", carl, "taken")).error().code, ErrorCode::kConflict);
  const auto half =
      now([&](auto& home) { return accounts_.find_by_name(home, "default", carl.name); });
  EXPECT_FALSE(half.value());
  EXPECT_TRUE(add_account(carl, identity("i2", carl, "s2")));
  EXPECT_EQ(find("s2")->account.name, carl.name);
  const Account other{.id = "carl-2", .name = carl.name};
  EXPECT_EQ(add_account(other, identity("i3", other, "s3")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(recorded("added").size(), 1U);
}

TEST_F(IdentityStore, KeepsTheLastThingThatOpensAnAccount) {
  const Account carl{.id = "carl-1", .name = "carl"};  // no password
  add(carl);
  ASSERT_TRUE(link(identity("i1", carl, "s1")));
  EXPECT_EQ(unlink(carl, "i1").error().code, ErrorCode::kConflict);
  ASSERT_TRUE(link(identity("i2", carl, "s2")));
  EXPECT_TRUE(unlink(carl, "i1"));
  EXPECT_EQ(unlink(carl, "i2").error().code, ErrorCode::kConflict);
  ASSERT_TRUE(link(identity("i3", kAnna, "s3")));
  EXPECT_EQ(unlink(kBen, "i3").error().code, ErrorCode::kNotFound) << "it is another's";
  EXPECT_TRUE(unlink(kAnna, "i3")) << "there is a password";
  EXPECT_EQ(recorded("unlinked").size(), 2U);
}

TEST_F(IdentityStore, ASessionKnowsWhichProviderItBeganWith) {
  ASSERT_TRUE(link(identity("i1", kAnna, "s1")));
  ASSERT_TRUE(begin(kAnna, "session-1", "i1", "p1"));
  const auto provider_of = [&](const std::string& session) {
    return now([&](auto& home) { return identities_.provider_of(home, "default", session); })
        .value();
  };
  EXPECT_EQ(provider_of("session-1"), "openid");
  EXPECT_EQ(provider_of("session-2"), std::nullopt);
  EXPECT_EQ(find("s1")->identity.email, "new@example.org");
  EXPECT_EQ(find("s1")->identity.last_used_at, at_minute(1));
  EXPECT_EQ(begin(kAnna, "session-3", "gone", "p").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(begin(kBen, "session-4", "i1", "p").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(sessions(), Ids{"session-1"});
}

TEST_F(IdentityStore, ALogoutEndsTheSessionThatItNames) {
  ASSERT_TRUE(link(identity("i1", kAnna, "s1")));
  ASSERT_TRUE(link(identity("i2", kBen, "s2")));
  ASSERT_TRUE(begin(kAnna, "a1", "i1", "p1"));
  ASSERT_TRUE(begin(kAnna, "a2", "i1", "p2"));
  ASSERT_TRUE(begin(kBen, "b1", "i2", "p1"));
  const auto ended = log_out("t1", "s1", "p1");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->account_id, kAnna.id);
  EXPECT_EQ(ended->sessions, Ids{"a1"});
  EXPECT_EQ(sessions(), (Ids{"a2", "b1"}));
  EXPECT_EQ(log_out("t2", "", "p1")->sessions, Ids{"b1"});
  EXPECT_EQ(recorded("logout").back().subject, "account:" + kBen.id);
}

TEST_F(IdentityStore, ALogoutOfAPersonEndsAllThatTheProviderBegan) {
  ASSERT_TRUE(link(identity("i1", kAnna, "s1")));
  ASSERT_TRUE(begin(kAnna, "a1", "i1", "p1"));
  ASSERT_TRUE(begin(kAnna, "a2", "i1", ""));
  const identity::AccountSession by_password{.id = "a3",
                                             .token_hash = crypto::sha256("a3"),
                                             .account_id = kAnna.id,
                                             .created_at = at_minute(1),
                                             .seen_at = at_minute(1)};
  ASSERT_TRUE(
      now([&](auto& home) { return sessions_.add(home, by_password, {}, event("begun")); }));
  const identity::RefreshFamily family{.id = "f1", .account_id = kAnna.id, .sealed_secret = "x"};
  ASSERT_TRUE(now([&](auto& home) { return families_.add(home, family, 1, 5, event("f")); }));
  EXPECT_TRUE(log_out("t0", "s1", "", "https://other.example")->sessions.empty());
  const auto ended = log_out("t1", "s1", "");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->sessions, (Ids{"a1", "a2"}));
  EXPECT_EQ(ended->families, Ids{"f1"});
  EXPECT_EQ(sessions(), Ids{"a3"});
}

TEST_F(IdentityStore, ALogoutTokenWorksOnce) {
  ASSERT_TRUE(link(identity("i1", kAnna, "s1")));
  EXPECT_TRUE(log_out("t1", "s1", ""));
  ASSERT_TRUE(begin(kAnna, "a1", "i1", "p1"));
  EXPECT_EQ(log_out("t1", "s1", "").error().code, ErrorCode::kConflict);
  EXPECT_EQ(sessions(), Ids{"a1"});
  EXPECT_TRUE(log_out("t1", "s1", "", "https://other.example")) << "of another provider";
  // It is forgotten when it holds no more by itself.
  now_ = at_minute(14);
  EXPECT_TRUE(log_out("t1", "s1", ""));
}

TEST_F(IdentityStore, GoesWithTheAccount) {
  ASSERT_TRUE(link(identity("i1", kBen, "s1")));
  ASSERT_TRUE(begin(kBen, "b1", "i1", "p1"));
  ASSERT_TRUE(now([&](auto& home) { return accounts_.erase(home, kBen, event("erased")); }));
  EXPECT_FALSE(find("s1"));
  EXPECT_TRUE(sessions().empty());
  EXPECT_TRUE(link(identity("i2", kAnna, "s1"))) << "and may be another's then";
}

}  // namespace
}  // namespace gatehouse::store::sqlite
