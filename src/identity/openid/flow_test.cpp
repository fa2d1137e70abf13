#include "gatehouse/identity/openid/flow.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity::openid {
namespace {

using std::chrono::milliseconds;

class Flows : public ::testing::Test {
 protected:
  SecureRandom random_;
  FakeClock clock_;
  crypto::SealingKeys keys_ = crypto::SealingKeys::make(random_);
  FlowSealer sealer_{crypto::Sealer(keys_, "openid flows"), random_};
  const WallTime now_ = clock_.wall();
  const ProviderSettings settings_{.id = "openid",
                                   .issuer = "https://login.example.com",
                                   .client_id = "a client",
                                   .scopes = "openid email",
                                   .redirect_uri = "https://chat.example.com/back"};
};

TEST_F(Flows, ComeBackFromTheBrowserAsTheyWere) {
  const auto flow = make_flow("openid", Purpose::kLink, "account-1", now_, random_);
  const auto opened = sealer_.open_flow(sealer_.seal(flow), now_);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->provider, "openid");
  EXPECT_EQ(opened->state, flow.state);
  EXPECT_EQ(opened->nonce, flow.nonce);
  EXPECT_EQ(opened->verifier, flow.verifier);
  EXPECT_EQ(opened->purpose, Purpose::kLink);
  EXPECT_EQ(opened->account_id, "account-1");
  EXPECT_EQ(opened->expires_at, flow.expires_at);
}

TEST_F(Flows, HaveSecretsOfTheirOwn) {
  const auto one = make_flow("openid", Purpose::kSignIn, {}, now_, random_);
  const auto other = make_flow("openid", Purpose::kSignIn, {}, now_, random_);
  EXPECT_EQ(one.verifier.size(), 43U) << "RFC 7636: 43 to 128 characters";
  for (const auto& [a, b] : {std::pair(one.state, other.state), std::pair(one.nonce, other.nonce),
                             std::pair(one.verifier, other.verifier),
                             std::pair(one.state, one.nonce), std::pair(one.nonce, one.verifier)})
    EXPECT_NE(a, b);
}

TEST_F(Flows, EndWithTheirTime) {
  const auto cookie = sealer_.seal(make_flow("openid", Purpose::kSignIn, {}, now_, random_));
  const auto end = now_ + std::chrono::duration_cast<milliseconds>(Flow::kLifetime);
  EXPECT_TRUE(sealer_.open_flow(cookie, end - milliseconds(1)));
  EXPECT_FALSE(sealer_.open_flow(cookie, end));
}

TEST_F(Flows, AreOpenedFromOurOwnSealAlone) {
  const auto cookie = sealer_.seal(make_flow("openid", Purpose::kSignIn, {}, now_, random_));
  for (const auto& wrong :
       {std::string(), std::string("e30"), cookie + "A", cookie.substr(1), std::string(5000, 'A')})
    EXPECT_FALSE(sealer_.open_flow(wrong, now_));
  const FlowSealer other(crypto::Sealer(crypto::SealingKeys::make(random_), "openid flows"),
                         random_);
  EXPECT_FALSE(other.open_flow(cookie, now_));
  EXPECT_FALSE(sealer_.open_pending(cookie, now_)) << "it is of the other kind";
}

TEST_F(Flows, WhatWaitsForAnAnswerFitsIntoACookie) {
  const std::string longest(255, '"');
  const Pending pending{.kind = Pending::Kind::kCode,
                        .provider = "openid",
                        .issuer = settings_.issuer,
                        .subject = longest,
                        .email = longest,
                        .session_id = longest,
                        .account_id = "account-1",
                        .epoch = 7,
                        .expires_at = now_ + milliseconds(1)};
  const auto cookie = sealer_.seal(pending);
  EXPECT_LT(cookie.size(), 4000U);
  const auto opened = sealer_.open_pending(cookie, now_);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->kind, Pending::Kind::kCode);
  EXPECT_EQ(opened->subject, longest);
  EXPECT_EQ(opened->email, longest);
  EXPECT_EQ(opened->epoch, 7U);
  EXPECT_FALSE(sealer_.open_pending(cookie, now_ + milliseconds(1)));
  EXPECT_FALSE(sealer_.open_flow(cookie, now_));
}

TEST_F(Flows, AskForTheCodeFlowWithPkce) {
  const Flow flow{
      .state = "s", .nonce = "n", .verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"};
  const ProviderMetadata metadata{.authorization_endpoint = "https://login.example.com/a?p=1"};
  // The challenge is that of RFC 7636, appendix B.
  EXPECT_EQ(
      authorization_url(metadata, settings_, flow),
      "https://login.example.com/a?p=1&response_type=code&client_id=a%20client&redirect_uri="
      "https%3A%2F%2Fchat.example.com%2Fback&scope=openid%20email&state=s&nonce=n&"
      "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
}

TEST_F(Flows, APublicClientSendsNoSecret) {
  const auto request = token_request({}, settings_, "c&d", {.verifier = "v"});
  EXPECT_EQ(request.authorization, "");
  EXPECT_EQ(request.form,
            "grant_type=authorization_code&code=c%26d&redirect_uri=https%3A%2F%2Fchat.example.com"
            "%2Fback&code_verifier=v&client_id=a%20client");
}

TEST_F(Flows, ASignOutLeadsBackToAPlaceOfOurs) {
  EXPECT_EQ(end_session_url({}, settings_, "https://chat.example.com/account", random_), "");
  const ProviderMetadata metadata{.end_session_endpoint = "https://login.example.com/leave"};
  const auto url =
      end_session_url(metadata, settings_, "https://chat.example.com/account", random_);
  EXPECT_TRUE(url.starts_with(
      "https://login.example.com/leave?client_id=a%20client&post_logout_redirect_uri="
      "https%3A%2F%2Fchat.example.com%2Faccount&state="))
      << url;
}

}  // namespace
}  // namespace gatehouse::identity::openid
