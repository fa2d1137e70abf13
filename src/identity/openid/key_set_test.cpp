#include "gatehouse/identity/openid/key_set.hpp"

#include <gtest/gtest.h>

#include "provider_house.hpp"

namespace gatehouse::identity::openid {
namespace {

using namespace testing;

class ProviderKeys : public ::testing::Test {
 protected:
  static KeySet of(std::initializer_list<std::string> jwks) {
    std::string json;
    for (const auto& jwk : jwks) json += (json.empty() ? "" : ",") + jwk;
    return KeySet::read(R"({"keys":[)" + json + "]}").value_or(KeySet());
  }
  std::string refusal(const KeySet& keys, std::string_view header) const {
    const auto token = house_.rsa.sign(header, "{}");
    const auto read = read_token_header(token);
    return read ? why(keys.payload_of(token, *read)) : why(read);
  }

  ProviderHouse house_;
};

TEST_F(ProviderKeys, LeavesOutWhatIsNotForSignaturesOrNotKnown) {
  const auto& rsa = house_.rsa;
  EXPECT_EQ(of({rsa.jwk("a", R"(,"use":"sig","alg":"RS256","key_ops":["verify"])")}).size(), 1U);
  EXPECT_EQ(of({rsa.jwk("a", R"(,"use":"enc")")}).size(), 0U);
  EXPECT_EQ(of({rsa.jwk("a", R"(,"key_ops":["encrypt","wrapKey"])")}).size(), 0U);
  EXPECT_EQ(of({rsa.jwk("a", R"(,"alg":"RS512")")}).size(), 0U);
  EXPECT_EQ(of({rsa.jwk("a", R"(,"alg":"RSA-OAEP")")}).size(), 0U);
  EXPECT_EQ(
      of({R"({"kty":"oct","k":"AAAA","kid":"s"})", R"({"kty":"AKP","kid":"x"})",
          R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})", R"({"kty":"RSA","n":"!","e":"AQAB"})",
          "7", "null", R"({"kid":7,"kty":"RSA"})", "{}", rsa.jwk("a")})
          .size(),
      1U)
      << "and the others still hold";
}

TEST_F(ProviderKeys, RefusesWhatIsNoSet) {
  for (const auto* json :
       {"", "{}", "[]", R"({"keys":{}})", R"({"keys":7})", R"({"keys":[],"keys":[]})"})
    EXPECT_FALSE(KeySet::read(json)) << json;
  std::string many = R"({"keys":[{})";
  for (std::size_t i = 0; i < kMaxKeys; ++i) many += ",{}";
  EXPECT_FALSE(KeySet::read(many + "]}"));
  EXPECT_FALSE(KeySet::read(R"({"keys":[]})" + std::string(kMaxKeySetBytes, ' ')));
}

TEST_F(ProviderKeys, AreMeantByTheirName) {
  const crypto::testing::JwsSigner other(crypto::JwsAlgorithm::kRs256);
  const auto keys = of({other.jwk("other"), house_.rsa.jwk("mine")});
  EXPECT_EQ(refusal(keys, R"({"alg":"RS256","kid":"mine"})"), "");
  EXPECT_EQ(refusal(keys, R"({"alg":"RS256","kid":"other"})"), "wrong_signature");
  EXPECT_EQ(refusal(keys, R"({"alg":"RS256","kid":"Mine"})"), KeySet::kUnknownKey);
  EXPECT_EQ(refusal(keys, R"({"alg":"RS256"})"), "no_key_named");
  EXPECT_EQ(refusal(keys, R"({"alg":"ES256"})"), KeySet::kUnknownKey);
}

// One name on two keys: a token holds by the one of its algorithm alone.
TEST_F(ProviderKeys, OfOneNameEachKeepsItsAlgorithm) {
  const auto keys = of({house_.curve.jwk("one"), house_.rsa.jwk("one")});
  EXPECT_EQ(refusal(keys, R"({"alg":"RS256","kid":"one"})"), "");
  EXPECT_EQ(refusal(keys, R"({"alg":"ES256","kid":"one"})"), "wrong_signature");
  EXPECT_EQ(refusal(keys, R"({"alg":"EdDSA","kid":"one"})"), "wrong_algorithm");
}

}  // namespace
}  // namespace gatehouse::identity::openid
