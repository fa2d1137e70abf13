#include "gatehouse/identity/account_sessions.hpp"

#include <gtest/gtest.h>

namespace gatehouse::identity {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class SignedIn : public testing::Test {
 protected:
  IssuedAccountSession sign_in(const Account& account, const AccountSession* replaced = nullptr) {
    auto issued = sessions_.issue(account, home_, replaced).value();
    sessions_.add(issued);
    return issued;
  }
  bool is_known(const IssuedAccountSession& issued) {
    return sessions_.verify(issued.token.reveal(), home_).has_value();
  }

  FakeClock clock_;
  SecureRandom random_;
  AccountSessions sessions_{clock_, random_, Secret("0123456789abcdef0123456789abcdef"), {}};
  const SessionOrigin home_{.user_agent = "Firefox", .network = *IpPrefix::parse("198.51.100.7")};
  const Account anna_{.id = "0198-anna", .name = "anna", .role = Role::kOperator};
  const Account ben_{.id = "0198-ben", .name = "ben"};
};

TEST_F(SignedIn, AreKnownByTheirTokenAlone) {
  const auto issued = sign_in(anna_);
  const auto verified = sessions_.verify(issued.token.reveal(), home_).value();
  EXPECT_EQ(verified.session->account_name, "anna");
  EXPECT_EQ(verified.session->role, Role::kOperator);
  EXPECT_FALSE(verified.has_other_agent);
  EXPECT_FALSE(verified.has_other_network);
  std::string changed(issued.token.reveal());
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const char was = changed[i];
    changed[i] = was == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sessions_.verify(changed, home_)) << i;
    changed[i] = was;
  }
  EXPECT_FALSE(sessions_.verify("", home_));
  EXPECT_FALSE(sessions_.verify(issued.session.id, home_));
  EXPECT_FALSE(sessions_.verify(std::string(1000, 'A'), home_));
}

TEST_F(SignedIn, EndWhenTheyAreLeftAloneAndAfterADayInAnyCase) {
  const auto left_alone = sign_in(anna_);
  const auto used = sign_in(anna_);
  for (int i = 0; i < 71; ++i) {
    clock_.advance(minutes(20));
    ASSERT_TRUE(is_known(used)) << i;
  }
  EXPECT_FALSE(is_known(left_alone));
  clock_.advance(minutes(20));
  EXPECT_FALSE(is_known(used)) << "24 hours";
  EXPECT_EQ(sessions_.active(), 0U);
}

TEST_F(SignedIn, TheOneThatWasUsedLongestAgoMakesRoom) {
  std::vector<IssuedAccountSession> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(sign_in(anna_));
    clock_.advance(minutes(1));
  }
  ASSERT_TRUE(is_known(all[0]));
  clock_.advance(minutes(1));
  const auto sixth = sign_in(anna_);
  EXPECT_EQ(sixth.ended, std::vector{all[1].session.id});
  EXPECT_FALSE(is_known(all[1]));
  EXPECT_TRUE(is_known(all[0]));
  EXPECT_EQ(sessions_.of_account(anna_.id).size(), 5U);
  EXPECT_EQ(sign_in(ben_).ended.size(), 0U) << "each account has its own";
}

TEST_F(SignedIn, OrNoMoreAreTaken) {
  AccountSessions strict(clock_, random_, Secret("0123456789abcdef0123456789abcdef"),
                         {.per_account = 1, .refuses_more = true});
  const auto first = strict.issue(anna_, home_, nullptr).value();
  strict.add(first);
  EXPECT_EQ(strict.issue(anna_, home_, nullptr).error().code, ErrorCode::kConflict);
  const auto again = strict.issue(anna_, home_, &first.session);
  ASSERT_TRUE(again) << "the same browser may sign in again";
  EXPECT_EQ(again->ended, std::vector{first.session.id});
}

TEST_F(SignedIn, ANewSignInNeverKeepsTheSessionOfBefore) {
  const auto first = sign_in(anna_);
  const auto second = sign_in(anna_, &first.session);
  EXPECT_NE(first.session.id, second.session.id);
  EXPECT_FALSE(is_known(first));
  EXPECT_TRUE(is_known(second));
}

TEST_F(SignedIn, TellWhenTheyTurnUpElsewhere) {
  const auto issued = sign_in(anna_);
  const IpPrefix cafe = *IpPrefix::parse("203.0.113.9");
  const auto there =
      sessions_.verify(issued.token.reveal(), {.user_agent = "Firefox/2", .network = cafe});
  EXPECT_TRUE(there->has_other_agent);
  EXPECT_TRUE(there->has_other_network);
  EXPECT_TRUE(sessions_.verify(issued.token.reveal(), {.network = home_.network})->has_other_agent);
}

TEST_F(SignedIn, CsrfTokensAreTheSessionsOwn) {
  const auto anna = sign_in(anna_);
  const auto ben = sign_in(ben_);
  const auto token = sessions_.csrf_token(anna.session);
  EXPECT_TRUE(sessions_.is_csrf_token(anna.session, token));
  EXPECT_FALSE(sessions_.is_csrf_token(ben.session, token));
  EXPECT_FALSE(sessions_.is_csrf_token(anna.session, ""));
}

TEST_F(SignedIn, TakeOverWhatTheStoreHas) {
  const auto kept = sign_in(anna_);
  const auto ended_elsewhere = sign_in(anna_);
  clock_.advance(minutes(10));
  ASSERT_TRUE(is_known(kept));
  auto elsewhere = sessions_.issue(ben_, home_, nullptr).value();
  ASSERT_TRUE(sessions_.load({kept.session, elsewhere.session}, sessions_.generation()));
  EXPECT_FALSE(is_known(ended_elsewhere));
  EXPECT_TRUE(is_known(elsewhere));
  clock_.advance(minutes(25));
  EXPECT_TRUE(is_known(kept)) << "when it was used here is not forgotten";
}

TEST_F(SignedIn, AnOldViewOfTheStoreChangesNothing) {
  const auto generation = sessions_.generation();
  const auto issued = sign_in(anna_);
  EXPECT_FALSE(sessions_.load({}, generation));
  EXPECT_TRUE(is_known(issued));
}

TEST_F(SignedIn, TellTheStoreWhenTheyWereUsed) {
  const auto issued = sign_in(anna_);
  EXPECT_TRUE(sessions_.take_seen().empty());
  clock_.advance(minutes(1));
  ASSERT_TRUE(is_known(issued));
  const auto seen = sessions_.take_seen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].id, issued.session.id);
  EXPECT_EQ(seen[0].at, clock_.wall());
  EXPECT_TRUE(sessions_.take_seen().empty());
  clock_.advance(hours(1));
  sessions_.remove_expired();
  EXPECT_FALSE(sessions_.has_session(issued.session.id));
  EXPECT_TRUE(sessions_.of_account(anna_.id).empty());
}

}  // namespace
}  // namespace gatehouse::identity
