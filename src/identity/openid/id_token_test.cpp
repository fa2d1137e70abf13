// What a provider sends, and what somebody who would like to be one sends.
#include "gatehouse/identity/openid/id_token.hpp"

#include <gtest/gtest.h>

#include "gatehouse/crypto/mac.hpp"
#include "provider_house.hpp"

namespace gatehouse::identity::openid {
namespace {

using namespace testing;

class IdToken : public ::testing::Test {
 protected:
  std::string refusal(const Members& claim_changes, const Members& header_changes = {}) const {
    return why(house_.read(house_.token(house_.claims(claim_changes), header_changes)));
  }
  std::string logout_refusal(const Members& changes, const Members& header_changes = {}) const {
    return why(house_.read_logout(house_.token(house_.logout_claims(changes), header_changes)));
  }

  ProviderHouse house_;
};

TEST_F(IdToken, SaysWhoSomebodyIs) {
  const auto claims = house_.read(house_.token(house_.claims(
      {{"sid", json_text("s1")}, {"hd", json_text("Example.org")}, {"groups", R"(["a","b",7])"}})));
  ASSERT_TRUE(claims) << claims.error().log_message;
  EXPECT_EQ(claims->subject, "person-1");
  EXPECT_EQ(claims->email, "anna@example.org");
  EXPECT_TRUE(claims->is_email_verified);
  EXPECT_EQ(claims->hosted_domain, "example.org");
  EXPECT_EQ(claims->session_id, "s1");
  EXPECT_TRUE(claims->has_roles);
  EXPECT_EQ(claims->roles, (std::vector<std::string>{"a", "b"}));
}

TEST_F(IdToken, HoldsByEachAlgorithmThatAKeyIsFor) {
  const std::string payload = json_of(house_.claims());
  EXPECT_EQ(why(house_.read(house_.curve.sign(R"({"alg":"ES256","kid":"curve"})", payload))), "");
  EXPECT_EQ(why(house_.read(house_.edwards.sign(R"({"alg":"EdDSA","kid":"edwards"})", payload))),
            "");
  EXPECT_EQ(why(house_.read(house_.rsa.sign(R"({"alg":"RS256"})", payload))), "")
      << "there is one key of that kind, so no name is needed";
}

TEST_F(IdToken, OnlyTheBooleanSaysThatAnAddressIsConfirmed) {
  for (const auto* value : {R"("true")", "1", "null", "false", ""}) {
    const auto claims = house_.read(house_.token(house_.claims({{"email_verified", value}})));
    ASSERT_TRUE(claims);
    EXPECT_FALSE(claims->is_email_verified) << value;
  }
}

TEST_F(IdToken, WhatIsNoAddressIsNotTakenForOne) {
  for (const auto* value : {"owner", "@", "a@", "@example.org", "a b@c.org", "a@b@c.org", ""}) {
    const auto claims = house_.read(house_.token(house_.claims({{"email", json_text(value)}})));
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->email, "") << value;
    EXPECT_FALSE(claims->is_email_verified) << value;
  }
}

struct WrongClaim {
  std::string_view why;
  Members changes;
};

TEST_F(IdToken, RefusesClaimsOfAndForOthers) {
  const std::string both = R"(["gatehouse","other"])";
  const WrongClaim wrong[] = {
      {"wrong_issuer", {{"iss", json_text("https://login.example.com/")}}},
      {"wrong_issuer", {{"iss", json_text("https://evil.example")}}},
      {"wrong_issuer", {{"iss", ""}}},
      {"wrong_issuer", {{"iss", R"(["https://login.example.com"])"}}},
      {"wrong_audience", {{"aud", json_text("other")}}},
      {"wrong_audience", {{"aud", json_text("gatehouse2")}}},
      {"wrong_audience", {{"aud", ""}}},
      {"wrong_audience", {{"aud", "[]"}}},
      {"wrong_audience", {{"aud", R"(["other"])"}}},
      {"wrong_audience", {{"aud", R"(["gatehouse",7])"}}},
      {"wrong_audience", {{"aud", R"({"gatehouse":1})"}}},
      {"wrong_azp", {{"aud", both}}},
      {"wrong_azp", {{"aud", both}, {"azp", json_text("other")}}},
      {"wrong_azp", {{"azp", json_text("other")}}},
      {"wrong_azp", {{"azp", "null"}}},
      {"wrong_nonce", {{"nonce", json_text("another")}}},
      {"wrong_nonce", {{"nonce", ""}}},
      {"wrong_nonce", {{"nonce", "7"}}},
      {"no_subject", {{"sub", ""}}},
      {"no_subject", {{"sub", json_text("")}}},
      {"no_subject", {{"sub", "7"}}},
      {"no_subject", {{"sub", json_text(std::string(256, 'x'))}}},
      {"no_subject", {{"sub", json_text("a\xC3\xA9")}}},
      {"wrong_at_hash", {{"at_hash", json_text("AAAAAAAAAAAAAAAAAAAAAA")}}},
      {"wrong_at_hash", {{"at_hash", "7"}}},
  };
  for (const auto& each : wrong)
    EXPECT_EQ(refusal(each.changes), each.why) << json_of(each.changes);
  EXPECT_EQ(refusal({{"aud", both}, {"azp", json_text(kClient)}}), "");
  EXPECT_EQ(refusal({{"aud", R"(["gatehouse"])"}}), "");
}

TEST_F(IdToken, RefusesTimesThatAreNotNow) {
  const WrongClaim wrong[] = {
      {"expired", {{"exp", house_.seconds(-120)}}},
      {"no_exp", {{"exp", ""}}},
      {"no_exp", {{"exp", json_text("9999999999")}}},
      {"no_exp", {{"exp", "1e12"}}},
      {"no_exp", {{"exp", "99999999999999999"}}},
      {"no_exp", {{"exp", "-1"}}},
      {"no_iat", {{"iat", ""}}},
      {"no_iat", {{"iat", json_text(house_.seconds(0))}}},
      {"issued_in_the_future", {{"iat", house_.seconds(121)}}},
      {"issued_long_ago", {{"iat", house_.seconds(-721)}}},
      {"not_valid_yet", {{"nbf", house_.seconds(121)}}},
      {"not_valid_yet", {{"nbf", "null"}}},
  };
  for (const auto& each : wrong)
    EXPECT_EQ(refusal(each.changes), each.why) << json_of(each.changes);
  // Clocks differ by two minutes.
  EXPECT_EQ(refusal({{"exp", house_.seconds(-119)}, {"iat", house_.seconds(-300)}}), "");
  EXPECT_EQ(refusal({{"iat", house_.seconds(120)}, {"nbf", house_.seconds(120)}}), "");
}

TEST_F(IdToken, KnowsTheAccessTokenItCameWith) {
  std::string hash(crypto::as_text(crypto::sha256(kAccessToken)));
  EXPECT_EQ(refusal({{"at_hash", json_text(to_base64url(hash.substr(0, 16)))}}), "");
  std::string of_edwards(crypto::as_text(crypto::sha512(kAccessToken)));
  const auto payload =
      json_of(house_.claims({{"at_hash", json_text(to_base64url(of_edwards.substr(0, 32)))}}));
  EXPECT_EQ(why(house_.read(house_.edwards.sign(R"({"alg":"EdDSA","kid":"edwards"})", payload))),
            "");
  auto without = house_.expected();
  without.access_token.clear();
  const auto token =
      house_.token(house_.claims({{"at_hash", json_text(to_base64url(hash.substr(0, 16)))}}));
  EXPECT_EQ(why(read_id_token(token, house_.keys(), without, house_.clock.wall())),
            "wrong_at_hash");
}

TEST_F(IdToken, RefusesAlgorithmsThatItsKeyIsNotFor) {
  for (const auto* alg : {"none", "None", "HS256", "HS512", "PS256", "RS512", "ES384", "rs256", ""})
    EXPECT_EQ(refusal({}, {{"alg", json_text(alg)}}), "wrong_algorithm") << alg;
  EXPECT_EQ(refusal({}, {{"alg", ""}}), "wrong_algorithm");
  EXPECT_EQ(refusal({}, {{"alg", "256"}}), "wrong_algorithm");
  EXPECT_EQ(refusal({}, {{"alg", json_text("ES256")}}), "wrong_algorithm") << "by the key's name";
  EXPECT_EQ(refusal({}, {{"alg", json_text("EdDSA")}}), "wrong_algorithm");
}

// The public key as the secret of an HMAC: RFC 8725 §2.1.
TEST_F(IdToken, RefusesThePublicKeyAsASharedSecret) {
  const auto secret = house_.rsa.public_numbers()[0];
  for (const auto* alg : {"HS256", "RS256"}) {
    const std::string text =
        to_base64url(json_of(ProviderHouse::header({{"alg", json_text(alg)}}))) + "." +
        to_base64url(json_of(house_.claims()));
    const auto mac = crypto::hmac_sha256(Secret(secret), text);
    const auto refused = why(house_.read(text + "." + to_base64url(crypto::as_text(mac))));
    EXPECT_EQ(refused, alg == std::string("HS256") ? "wrong_algorithm" : "wrong_signature");
  }
}

TEST_F(IdToken, RefusesSignaturesThatAreNoneOrOfAnotherKey) {
  const auto token = house_.token(house_.claims());
  const auto body = token.substr(0, token.rfind('.'));
  EXPECT_EQ(why(house_.read(body + ".")), "malformed");
  EXPECT_EQ(why(house_.read(body)), "malformed");
  EXPECT_EQ(why(house_.read(body + ".AAAA")), "wrong_signature");
  EXPECT_EQ(why(house_.read(token + ".x")), "malformed");
  EXPECT_EQ(why(house_.read("")), "malformed");
  const crypto::testing::JwsSigner stranger(crypto::JwsAlgorithm::kRs256);
  const auto payload = json_of(house_.claims());
  EXPECT_EQ(why(house_.read(stranger.sign(json_of(ProviderHouse::header()), payload))),
            "wrong_signature");
  // It brings its key along, by every way that a header has.
  const Members brought = {{"jwk", stranger.jwk("rsa")},
                           {"jku", json_text("https://evil.example/keys")},
                           {"x5u", json_text("https://evil.example/chain")},
                           {"x5c", R"(["AAAA"])"}};
  EXPECT_EQ(why(house_.read(stranger.sign(json_of(ProviderHouse::header(brought)), payload))),
            "wrong_signature");
  EXPECT_EQ(why(house_.read(stranger.sign(R"({"alg":"RS256","kid":"other"})", payload))),
            KeySet::kUnknownKey);
  EXPECT_EQ(why(house_.read(house_.curve.sign(R"({"alg":"RS256","kid":"rsa"})", payload))),
            "wrong_signature");
}

TEST_F(IdToken, RefusesHeadersThatSayMoreThanIsUnderstood) {
  EXPECT_EQ(refusal({}, {{"crit", R"(["b64"])"}, {"b64", "false"}}), "critical_header");
  EXPECT_EQ(refusal({}, {{"crit", "[]"}}), "critical_header");
  EXPECT_EQ(refusal({}, {{"kid", "7"}}), "malformed");
  EXPECT_EQ(refusal({}, {{"typ", "7"}}), "malformed");
  EXPECT_EQ(refusal({}, {{"typ", json_text("at+jwt")}}), "wrong_type");
  EXPECT_EQ(refusal({}, {{"typ", json_text("logout+jwt")}}), "wrong_type");
  EXPECT_EQ(refusal({}, {{"typ", json_text("application/JWT")}}), "");
  EXPECT_EQ(refusal({}, {{"typ", ""}}), "");
  const auto payload = json_of(house_.claims());
  for (const auto* header : {"{", "[]", "", R"({"alg":"RS256","alg":"RS256","kid":"rsa"})"})
    EXPECT_EQ(why(house_.read(house_.rsa.sign(header, payload))), "malformed") << header;
}

TEST_F(IdToken, RefusesPayloadsThatTwoReadersReadDifferently) {
  const auto right = json_of(house_.claims());
  for (const auto& payload :
       {std::string("[]"), std::string("{"), std::string("7"), right + "x",
        R"({"sub":"admin",)" + right.substr(1), R"({"s\u0075b":"admin",)" + right.substr(1)})
    EXPECT_EQ(why(house_.read(house_.rsa.sign(json_of(ProviderHouse::header()), payload))),
              "malformed_claims")
        << payload;
}

TEST_F(IdToken, HasABoundOfSize) {
  EXPECT_EQ(refusal({{"more", json_text(std::string(8'000, 'x'))}}), "");
  EXPECT_EQ(refusal({{"more", json_text(std::string(16'000, 'x'))}}), "malformed");
}

TEST_F(IdToken, TakesFromUserinfoWhatItLeftOutAndOnlyOfTheSamePerson) {
  const auto claims = house_.read(house_.token(house_.claims({{"email", ""}})));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->email, "");
  const auto whole = with_userinfo(
      *claims, R"({"sub":"person-1","email":"A@b.example","email_verified":true,"groups":"g"})",
      house_.expected());
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->email, "a@b.example");
  EXPECT_TRUE(whole->is_email_verified);
  EXPECT_EQ(whole->roles, (std::vector<std::string>{"g"}));
  for (const auto* json : {R"({"sub":"person-2","email":"a@b.example"})", R"({"email":"a@b"})"})
    EXPECT_EQ(why(with_userinfo(*claims, json, house_.expected())), "userinfo_of_another");
  EXPECT_EQ(why(with_userinfo(*claims, "eyJ", house_.expected())), "malformed_userinfo");
}

// What it says of an address belongs to that address: the word of the token counts for none other.
TEST_F(IdToken, UserinfoChangesNoAddressThatTheTokenHas) {
  const auto claims = house_.read(house_.token(house_.claims()));
  const auto same =
      with_userinfo(*claims, R"({"sub":"person-1","email":"root@example.org"})", house_.expected());
  ASSERT_TRUE(same);
  EXPECT_EQ(same->email, "anna@example.org");
}

TEST_F(IdToken, ALogoutTokenNamesASessionOrAPerson) {
  const auto both = house_.read_logout(house_.token(house_.logout_claims()));
  ASSERT_TRUE(both) << both.error().log_message;
  EXPECT_EQ(both->subject, "person-1");
  EXPECT_EQ(both->session_id, "session-1");
  EXPECT_EQ(both->token_id, "token-1");
  EXPECT_EQ(logout_refusal({{"sub", ""}}), "");
  EXPECT_EQ(logout_refusal({{"sid", ""}}), "");
  EXPECT_EQ(logout_refusal({{"exp", ""}}), "") << "older providers send none";
  EXPECT_EQ(logout_refusal({}, {{"typ", json_text("logout+jwt")}}), "");
  EXPECT_EQ(logout_refusal({}, {{"typ", json_text("application/logout+jwt")}}), "");
}

TEST_F(IdToken, RefusesLogoutTokensThatAreNone) {
  const WrongClaim wrong[] = {
      {"no_subject", {{"sub", ""}, {"sid", ""}}},
      {"no_jti", {{"jti", ""}}},
      {"has_nonce", {{"nonce", json_text("n")}}},
      {"has_nonce", {{"nonce", "null"}}},
      {"no_logout_event", {{"events", ""}}},
      {"no_logout_event", {{"events", "{}"}}},
      {"no_logout_event",
       {{"events", R"({"http://schemas.openid.net/event/backchannel-logout":true})"}}},
      {"wrong_issuer", {{"iss", json_text("https://evil.example")}}},
      {"wrong_audience", {{"aud", json_text("other")}}},
      {"expired", {{"exp", house_.seconds(-121)}}},
      {"no_iat", {{"iat", ""}}},
      {"issued_long_ago", {{"iat", house_.seconds(-721)}}},
  };
  for (const auto& each : wrong)
    EXPECT_EQ(logout_refusal(each.changes), each.why) << json_of(each.changes);
  EXPECT_EQ(logout_refusal({}, {{"typ", json_text("at+jwt")}}), "wrong_type");
  // Neither is taken for the other.
  EXPECT_EQ(why(house_.read_logout(house_.token(house_.claims()))), "no_logout_event");
  EXPECT_EQ(why(house_.read(house_.token(house_.logout_claims()))), "wrong_nonce");
}

}  // namespace
}  // namespace gatehouse::identity::openid
