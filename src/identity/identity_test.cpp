#include <gtest/gtest.h>

#include "gatehouse/identity/authenticator.hpp"
#include "token_house.hpp"

namespace gatehouse::identity {
namespace {

using std::chrono::hours;

class Sessions : public ::testing::Test {
 protected:
  FakeClock clock_;
  SecureRandom random_;
  VisitorSessions sessions_{clock_, random_, Secret("0123456789abcdef0123456789abcdef"), "default",
                            hours(24)};
  ApiKeys keys_{clock_, random_};
  AccountSessions accounts_{clock_, random_, Secret("0123456789abcdef0123456789abcdef"), {}};
};

TEST_F(Sessions, AreKnownUntilTheyExpire) {
  const auto issued = sessions_.start();
  EXPECT_EQ(sessions_.verify(issued.token)->session_id, issued.visitor.session_id);
  EXPECT_EQ(sessions_.active(), 1U);
  clock_.advance(hours(23));
  const auto renewed = sessions_.renew(*sessions_.verify(issued.token));
  EXPECT_EQ(renewed.visitor.session_id, issued.visitor.session_id);
  clock_.advance(hours(2));
  EXPECT_EQ(sessions_.verify(issued.token).error().code, ErrorCode::kUnauthenticated);
  EXPECT_TRUE(sessions_.verify(renewed.token));
}

TEST_F(Sessions, CanNotBeMadeUp) {
  const auto token = sessions_.start().token;
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sessions_.verify(changed)) << i;
    EXPECT_FALSE(sessions_.verify(token.substr(0, i))) << i;
  }
  const VisitorSessions other_secret(clock_, random_, Secret("another secret of thirty-two chars"),
                                     "default", hours(24));
  const VisitorSessions other_site(clock_, random_, Secret("0123456789abcdef0123456789abcdef"),
                                   "other", hours(24));
  EXPECT_FALSE(other_secret.verify(token));
  EXPECT_FALSE(other_site.verify(token));
}

TEST_F(Sessions, TellWhenTheyTurnUpElsewhere) {
  const IpPrefix home = *IpPrefix::parse("198.51.100.7");
  const IpPrefix cafe = *IpPrefix::parse("203.0.113.9");
  const SessionOrigin origin{.user_agent = "Firefox", .network = home};
  const auto issued = sessions_.start(origin);
  const auto seen = [&](std::string_view agent, const IpPrefix& network) {
    const auto visitor = sessions_.verify(issued.token, {.user_agent = agent, .network = network});
    return std::pair(visitor.value().has_other_agent, visitor.value().has_other_network);
  };
  EXPECT_EQ(seen("Firefox", home), std::pair(false, false));
  EXPECT_EQ(seen("Chrome", home), std::pair(true, false));
  EXPECT_EQ(seen("Firefox", cafe), std::pair(false, true));
  EXPECT_EQ(seen("Chrome", cafe), std::pair(true, true));
  EXPECT_TRUE(
      sessions_.verify(issued.token, {.user_agent = "Firefox", .language = "ru", .network = home})
          ->has_other_agent);
  const SessionOrigin moved{.user_agent = "Chrome", .network = cafe};
  const auto renewed = sessions_.renew(issued.visitor, moved);
  EXPECT_FALSE(sessions_.verify(renewed.token, moved)->has_other_agent);
}

TEST_F(Sessions, StayEndedWhateverTokenTheyHave) {
  const auto first = sessions_.start();
  const auto renewed = sessions_.renew(first.visitor);
  sessions_.end(first.visitor.session_id);
  EXPECT_FALSE(sessions_.verify(first.token));
  EXPECT_FALSE(sessions_.verify(renewed.token));
}

TEST_F(Sessions, CookiesNeedTheirCsrfTokenToChangeAnything) {
  const auto issued = sessions_.start();
  const Authenticator authenticator(sessions_, accounts_, keys_, {}, random_);
  const auto code = [&](const CredentialView& given) {
    const auto principal = authenticator.authenticate(Credentials::kVisitor, given);
    return principal ? std::string_view("ok") : name_of(principal.error().code);
  };
  EXPECT_EQ(code({.bearer = issued.token, .changes_state = true}), "ok");
  EXPECT_EQ(code({.cookie_token = issued.token}), "ok");
  EXPECT_EQ(code({.cookie_token = issued.token, .changes_state = true}), "forbidden");
  EXPECT_EQ(code({.cookie_token = issued.token, .csrf_token = "x", .changes_state = true}),
            "forbidden");
  EXPECT_EQ(
      code({.cookie_token = issued.token, .csrf_token = issued.csrf_token, .changes_state = true}),
      "ok");
  EXPECT_EQ(code({}), "unauthenticated");
}

TEST_F(Sessions, KeysOpenTheApiAndNothingElseDoes) {
  const std::string key(24, 'k');
  AuthenticatorSettings settings;
  settings.api_keys = parse_api_keys("first:" + std::string(16, 'a') + ", second:" + key).value();
  const Authenticator authenticator(sessions_, accounts_, keys_, std::move(settings), random_);
  const auto ask = [&](std::string_view bearer) {
    return authenticator.authenticate(Credentials::kApiKey,
                                      {.bearer = bearer, .client = *IpAddress::parse("127.0.0.1")});
  };
  EXPECT_EQ(ask(key)->owner(), "key:second");
  EXPECT_FALSE(ask(key + "k"));
  EXPECT_FALSE(ask(""));
  EXPECT_FALSE(ask(sessions_.start().token));
}

TEST_F(Sessions, KeysAndTheMetricsTokenCanBeReplaced) {
  const std::string old_key(24, 'o');
  const std::string new_key(24, 'n');
  AuthenticatorSettings settings;
  settings.api_keys = parse_api_keys("first:" + old_key).value();
  settings.metrics_token = Secret("old metrics token");
  Authenticator authenticator(sessions_, accounts_, keys_, std::move(settings), random_);
  const auto holds = [&](Credentials needed, std::string_view bearer) {
    return authenticator.authenticate(needed, {.bearer = bearer}).has_value();
  };
  EXPECT_TRUE(holds(Credentials::kApiKey, old_key));
  EXPECT_TRUE(holds(Credentials::kOperator, "old metrics token"));
  authenticator.replace_keys(parse_api_keys("second:" + new_key).value(),
                             Secret("new metrics token"));
  EXPECT_TRUE(holds(Credentials::kApiKey, new_key));
  EXPECT_FALSE(holds(Credentials::kApiKey, old_key));
  EXPECT_TRUE(holds(Credentials::kOperator, "new metrics token"));
  EXPECT_FALSE(holds(Credentials::kOperator, "old metrics token"));
}

TEST_F(Sessions, StoredKeysOpenWhatTheyWereMadeFor) {
  AuthenticatorSettings settings;
  settings.is_v1_open_to_loopback = true;
  const Authenticator authenticator(sessions_, accounts_, keys_, std::move(settings), random_);
  const CredentialView here{.client = *IpAddress::parse("127.0.0.1")};
  EXPECT_TRUE(authenticator.authenticate(Credentials::kApiKey, here));
  const auto issued = issue_api_key({.name = "x",
                                     .scopes = *scopes_of("ai"),
                                     .requests_per_minute = 5,
                                     .tokens_per_day = 1000,
                                     .money_micros_per_day = 77},
                                    clock_.wall(), random_);
  keys_.add(issued.record);
  EXPECT_FALSE(authenticator.authenticate(Credentials::kApiKey, here)) << "there is a key now";
  const CredentialView with_key{.bearer = issued.key.reveal()};
  const auto principal = authenticator.authenticate(Credentials::kApiKey, with_key);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->owner(), "key:" + issued.record.id);
  EXPECT_EQ(principal->requests_per_minute, 5U);
  EXPECT_EQ(principal->tokens_per_day, 1000U);
  EXPECT_EQ(principal->money_micros_per_day, 77U);
  const auto metrics = authenticator.authenticate(Credentials::kOperator, with_key);
  ASSERT_FALSE(metrics);
  EXPECT_EQ(metrics.error().code, ErrorCode::kForbidden);
  EXPECT_FALSE(authenticator.authenticate(Credentials::kVisitor, with_key));
}

TEST_F(Sessions, WithoutKeysTheApiIsForThisMachineAtMost) {
  AuthenticatorSettings settings;
  settings.is_v1_open_to_loopback = true;
  const Authenticator open(sessions_, accounts_, keys_, std::move(settings), random_);
  EXPECT_TRUE(open.authenticate(Credentials::kApiKey, {.client = *IpAddress::parse("127.0.0.1")}));
  EXPECT_FALSE(open.authenticate(Credentials::kApiKey, {.client = *IpAddress::parse("192.0.2.1")}));
  const Authenticator closed(sessions_, accounts_, keys_, {}, random_);
  EXPECT_FALSE(
      closed.authenticate(Credentials::kApiKey, {.client = *IpAddress::parse("127.0.0.1")}));
}

TEST_F(Sessions, WhoMayBeSignedInIsKnownByBothHalvesOrNotAtAll) {
  const Authenticator authenticator(sessions_, accounts_, keys_, {}, random_);
  const auto issued =
      accounts_.issue({.id = "account-1", .role = Role::kAnalyst}, {.user_agent = "a"}, nullptr);
  ASSERT_TRUE(issued);
  accounts_.add(*issued);
  const std::string csrf = accounts_.csrf_token(issued->session);
  const auto kind_of = [&](std::string_view token, std::string_view csrf_token, bool changes) {
    const auto principal = authenticator.authenticate(
        Credentials::kMaybeAccount,
        {.account_token = token, .csrf_token = csrf_token, .changes_state = changes});
    return principal.value().kind;
  };
  using enum Principal::Kind;
  EXPECT_EQ(kind_of(issued->token.reveal(), csrf, true), kAccount);
  EXPECT_EQ(kind_of(issued->token.reveal(), "", false), kAccount);
  EXPECT_EQ(kind_of(issued->token.reveal(), "", true), kAnonymous);
  EXPECT_EQ(kind_of(issued->token.reveal(), "wrong", true), kAnonymous);
  EXPECT_EQ(kind_of("", csrf, true), kAnonymous);
  EXPECT_EQ(kind_of("stale", csrf, false), kAnonymous);
}

TEST(ParseApiKeys, NamesTheEntryAndNeverTheKey) {
  for (const std::string_view bad :
       {"nokey", ":0123456789abcdef", "a:short", "a:0123456789abcdef,a:0123456789abcdef"}) {
    const auto keys = parse_api_keys(bad);
    ASSERT_FALSE(keys) << bad;
    EXPECT_TRUE(keys.error().client_message.starts_with("entry ")) << bad;
    EXPECT_EQ(keys.error().client_message.find("0123456789abcdef"), std::string::npos);
  }
  EXPECT_TRUE(parse_api_keys("")->empty());
}

TEST_F(Sessions, AnAccessTokenCountsBeforeAllCookiesAndNeedsNoCsrfToken) {
  testing::TokenHouse house;
  const Authenticator authenticator(sessions_, accounts_, keys_, {}, random_, &house.tokens);
  const auto token = house.issue();
  const auto visitor = sessions_.start();
  for (const auto needed : {Credentials::kVisitor, Credentials::kAccount}) {
    const auto principal = authenticator.authenticate(needed, {.bearer = token,
                                                               .cookie_token = visitor.token,
                                                               .account_token = "stale",
                                                               .changes_state = true});
    ASSERT_TRUE(principal) << principal.error().for_log();
    EXPECT_EQ(principal->owner(), "account:" + house.account.id);
    EXPECT_EQ(principal->role, Role::kOperator);
    EXPECT_EQ(principal->session_id, testing::TokenHouse::kFamily);
    EXPECT_TRUE(principal->is_by_token);
    const auto wrong = authenticator.authenticate(
        needed, {.bearer = token.substr(1), .cookie_token = visitor.token});
    EXPECT_EQ(wrong.error().code, ErrorCode::kUnauthenticated);
    EXPECT_EQ(wrong.error().field, "Authorization");
  }
  EXPECT_FALSE(authenticator.authenticate(Credentials::kAccount, {.bearer = visitor.token}));
  EXPECT_FALSE(authenticator.authenticate(Credentials::kApiKey, {.bearer = token}));
  EXPECT_FALSE(Authenticator(sessions_, accounts_, keys_, {}, random_)
                   .authenticate(Credentials::kAccount, {.bearer = token}));
}

}  // namespace
}  // namespace gatehouse::identity
