// What is asked of a provider, how often, and what its answers lead to.
#include "gatehouse/identity/openid/provider.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "gatehouse/async/answer_of.hpp"
#include "provider_house.hpp"

namespace gatehouse::identity::openid {
namespace {

using namespace testing;
using std::chrono::hours;
using std::chrono::seconds;

class ScriptedTransport final : public ProviderTransport {
 public:
  async::Task<Result<ProviderAnswer>> call(ProviderCall call, async::Cancellation&) override {
    calls.push_back(call);
    co_return answer(call);
  }
  long count(std::string_view ending) const {
    return std::ranges::count_if(calls,
                                 [&](const auto& each) { return each.url.ends_with(ending); });
  }

  std::vector<ProviderCall> calls;
  std::function<Result<ProviderAnswer>(const ProviderCall&)> answer;
};

class AskedProvider : public ::testing::Test {
 protected:
  AskedProvider() {
    transport_.answer = [this](const ProviderCall& call) { return answer(call); };
  }

  Result<ProviderAnswer> answer(const ProviderCall& call) {
    if (is_away_) return fail(ErrorCode::kUpstreamFailed, "away", "connection refused");
    if (call.url.ends_with("openid-configuration"))
      return ProviderAnswer{200, json_of(with(metadata_, more_metadata_))};
    if (call.url.ends_with("/keys")) return ProviderAnswer{200, keys_};
    if (call.url.ends_with("/userinfo")) return ProviderAnswer{200, userinfo_};
    return ProviderAnswer{token_status_, token_answer_};
  }
  Result<IdClaims> redeem() {
    const Flow flow{.provider = "openid", .nonce = std::string(kNonce), .verifier = "v"};
    return async::answer_of([&](async::Worker&) {
      return provider_.redeem("the-code", flow, role_claim_, cancellation_);
    });
  }
  Result<ProviderMetadata> metadata() {
    return async::answer_of([&](async::Worker&) { return provider_.metadata(cancellation_); });
  }
  Result<void> check_issuer(std::optional<std::string> given) {
    return async::answer_of(
        [&](async::Worker&) { return provider_.check_issuer(given, cancellation_); });
  }
  void answer_with(const std::string& token) {
    token_answer_ =
        json_of({{"id_token", json_text(token)}, {"access_token", json_text(kAccessToken)}});
  }

  ProviderHouse house_;
  ScriptedTransport transport_;
  const std::string issuer_{kIssuer};
  Members metadata_ = {{"issuer", json_text(issuer_)},
                       {"authorization_endpoint", json_text(issuer_ + "/authorize")},
                       {"token_endpoint", json_text(issuer_ + "/token")},
                       {"jwks_uri", json_text(issuer_ + "/keys")}};
  Members more_metadata_;
  std::string keys_ = house_.keys_json();
  std::string userinfo_;
  std::string token_answer_ = json_of({{"id_token", json_text(house_.token(house_.claims()))}});
  std::uint16_t token_status_ = 200;
  bool is_away_ = false;
  std::string role_claim_;
  async::Cancellation cancellation_;
  Provider provider_{{.id = "openid",
                      .name = "Example",
                      .issuer = issuer_,
                      .client_id = std::string(kClient),
                      .client_secret = Secret("s/e:c r"),
                      .scopes = "openid email",
                      .redirect_uri = "https://chat.example.com/back"},
                     transport_,
                     house_.clock};
};

TEST_F(AskedProvider, TradesACodeForWhoSomebodyIs) {
  const auto claims = redeem();
  ASSERT_TRUE(claims) << claims.error().log_message;
  EXPECT_EQ(claims->subject, "person-1");
  ASSERT_EQ(transport_.calls.size(), 3U);
  const auto& traded = transport_.calls[1];
  EXPECT_EQ(traded.url, "https://login.example.com/token");
  // base64 of gatehouse:s%2Fe%3Ac%20r
  EXPECT_EQ(traded.authorization, "Basic Z2F0ZWhvdXNlOnMlMkZlJTNBYyUyMHI=");
  EXPECT_EQ(traded.form,
            "grant_type=authorization_code&code=the-code&redirect_uri=https%3A%2F%2Fchat."
            "example.com%2Fback&code_verifier=v");
}

TEST_F(AskedProvider, SendsItsSecretAsTheProviderTakesIt) {
  more_metadata_ = {{"token_endpoint_auth_methods_supported", R"(["client_secret_post"])"}};
  ASSERT_TRUE(redeem());
  EXPECT_EQ(transport_.calls[1].authorization, "");
  EXPECT_TRUE(
      transport_.calls[1].form->ends_with("&client_id=gatehouse&client_secret=s%2Fe%3Ac%20r"));
}

TEST_F(AskedProvider, AsksForMetadataAndKeysOnceAnHour) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(redeem());
  EXPECT_EQ(transport_.count("openid-configuration"), 1);
  EXPECT_EQ(transport_.count("/keys"), 1);
  house_.clock.advance(Provider::kFresh);
  answer_with(house_.token(house_.claims()));
  ASSERT_TRUE(redeem());
  EXPECT_EQ(transport_.count("openid-configuration"), 2);
  EXPECT_EQ(transport_.count("/keys"), 2);
}

TEST_F(AskedProvider, FindsANewKeyAtOnceAndLooksForOneOnceAMinute) {
  ASSERT_TRUE(redeem());
  const crypto::testing::JwsSigner fresh(crypto::JwsAlgorithm::kRs256);
  answer_with(fresh.sign(R"({"alg":"RS256","kid":"fresh"})", json_of(house_.claims())));
  keys_ = R"({"keys":[)" + fresh.jwk("fresh") + "]}";
  EXPECT_TRUE(redeem());
  EXPECT_EQ(transport_.count("/keys"), 2);
  for (int i = 0; i < 5; ++i) {
    answer_with(fresh.sign(R"({"alg":"RS256","kid":"none"})", json_of(house_.claims())));
    EXPECT_EQ(why(redeem()), KeySet::kUnknownKey);
  }
  EXPECT_EQ(transport_.count("/keys"), 2);
  house_.clock.advance(Provider::kKeyInterval);
  EXPECT_EQ(why(redeem()), KeySet::kUnknownKey);
  EXPECT_EQ(transport_.count("/keys"), 3);
}

TEST_F(AskedProvider, AKeyThatWasWithdrawnIsForgottenWithinTheHour) {
  ASSERT_TRUE(redeem());
  keys_ = R"({"keys":[)" + house_.curve.jwk("curve") + "]}";
  house_.clock.advance(Provider::kFresh);
  answer_with(house_.token(house_.claims()));
  EXPECT_EQ(why(redeem()), KeySet::kUnknownKey);
}

TEST_F(AskedProvider, WhatWasReadServesForADayWhileTheProviderIsAway) {
  ASSERT_TRUE(metadata());
  is_away_ = true;
  house_.clock.advance(hours(2));
  EXPECT_TRUE(metadata());
  const auto asked = transport_.calls.size();
  EXPECT_TRUE(metadata());
  EXPECT_EQ(transport_.calls.size(), asked) << "it isn't asked again for a while";
  house_.clock.advance(Provider::kKept);
  const auto gone = metadata();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kUpstreamFailed);
  EXPECT_EQ(gone.error().client_message,
            "Example can't be reached at the moment. Try again in a minute.");
  EXPECT_TRUE(gone.error().log_message.contains("connection refused"));
  is_away_ = false;
  EXPECT_TRUE(metadata()) << "and it is found when it is back";
}

TEST_F(AskedProvider, AnAnswerOfAnotherIssuerIsRefused) {
  EXPECT_TRUE(check_issuer(std::nullopt));
  EXPECT_TRUE(check_issuer(issuer_));
  for (const auto* other : {"https://evil.example", "", "https://login.example.com/"})
    EXPECT_EQ(why(check_issuer(other)), "answer_of_another_issuer");
}

TEST_F(AskedProvider, AnAnswerMustNameItsIssuerWhereThatIsPromised) {
  more_metadata_ = {{"authorization_response_iss_parameter_supported", "true"}};
  EXPECT_EQ(why(check_issuer(std::nullopt)), "answer_without_issuer");
  EXPECT_TRUE(check_issuer(issuer_));
}

TEST_F(AskedProvider, TellsARefusalFromAFailure) {
  token_status_ = 400;
  EXPECT_EQ(redeem().error().code, ErrorCode::kUnauthenticated);
  token_status_ = 302;
  EXPECT_EQ(redeem().error().code, ErrorCode::kUnauthenticated) << "nobody is followed";
  token_status_ = 503;
  EXPECT_EQ(redeem().error().code, ErrorCode::kUpstreamFailed);
  token_status_ = 200;
  for (const auto* answer : {"", "[]", "<html>", "{}", R"({"id_token":7})"}) {
    token_answer_ = answer;
    EXPECT_EQ(redeem().error().code, ErrorCode::kUnauthenticated) << answer;
  }
}

TEST_F(AskedProvider, AsksForUserinfoWhereTheTokenSaysTooLittle) {
  more_metadata_ = {{"userinfo_endpoint", json_text(issuer_ + "/userinfo")}};
  answer_with(house_.token(house_.claims()));
  ASSERT_TRUE(redeem());
  EXPECT_EQ(transport_.count("/userinfo"), 0);
  answer_with(house_.token(house_.claims({{"email", ""}, {"email_verified", ""}})));
  userinfo_ = R"({"sub":"person-1","email":"a@b.example","email_verified":true})";
  const auto claims = redeem();
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->email, "a@b.example");
  EXPECT_EQ(transport_.calls.back().authorization, "Bearer an-access-token");
  userinfo_ = R"({"sub":"person-2","email":"a@b.example","email_verified":true})";
  EXPECT_EQ(why(redeem()), "userinfo_of_another");
}

TEST(SignInRules, DomainsAreThoseOfTheAddressAndAtGoogleOfWhoLooksAfterIt) {
  const SignInRules rules{.domains = {"example.org", "gmail.com"}};
  const ProviderSettings other{.id = "openid"};
  const ProviderSettings google{.id = "google", .is_google = true};
  const auto may = [&](const ProviderSettings& provider, const char* email, const char* hosted) {
    return is_domain_allowed(rules, provider, {.email = email, .hosted_domain = hosted});
  };
  EXPECT_TRUE(may(other, "a@example.org", ""));
  for (const auto* email : {"a@example.com", "a@sub.example.org", "a@notexample.org", "example.org",
                            "", "a@example.org@evil.example"})
    EXPECT_FALSE(may(other, email, "example.org")) << email;
  EXPECT_TRUE(may(google, "a@example.org", "example.org"));
  EXPECT_FALSE(may(google, "a@example.org", "")) << "a private account with that address";
  EXPECT_FALSE(may(google, "a@example.org", "evil.example"));
  EXPECT_TRUE(may(google, "a@gmail.com", ""));
  EXPECT_TRUE(is_domain_allowed({}, google, {.email = "a@b.example"}));
}

TEST(SignInRules, TheHighestRoleOfTheClaimCounts) {
  const SignInRules rules{
      .role_claim = "groups", .operators = {"root"}, .analysts = {"readers", "more"}};
  const auto of = [&](std::vector<std::string> roles) { return role_for(rules, {.roles = roles}); };
  EXPECT_EQ(of({"readers", "root"}), Role::kOperator);
  EXPECT_EQ(of({"x", "more"}), Role::kAnalyst);
  EXPECT_EQ(of({"Root", "readers "}), Role::kMember);
  EXPECT_EQ(of({}), Role::kMember);
  EXPECT_EQ(role_for({}, {.roles = {"root"}}), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::identity::openid
