#include "gatehouse/crypto/jws.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::crypto {
namespace {

JwsKey key_of(JwsAlgorithm algorithm, std::string_view secret_base64url) {
  return JwsKey::from_secret(algorithm, Secret(from_base64url(secret_base64url).value())).value();
}

std::string token_of(std::initializer_list<std::string_view> parts) {
  std::string token;
  for (const auto part : parts) token.append(token.empty() ? "" : ".").append(part);
  return token;
}

// RFC 7515, appendix A.1. What it prints is given in parts, since it looks like a token.
TEST(Jws, SignsAndChecksAsTheStandardsExampleForHs256) {
  const auto key = key_of(JwsAlgorithm::kHs256,
                          "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"
                          "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  const std::string header = "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
  const std::string payload =
      "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
  const auto expected = token_of(
      {to_base64url(header), to_base64url(payload), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"});
  EXPECT_EQ(key.sign(header, payload), expected);
  EXPECT_TRUE(key.has_signed(split_jws(expected).value()));
}

// RFC 8037, appendix A.4.
TEST(Jws, SignsAndChecksAsTheStandardsExampleForEdDsa) {
  const auto key = key_of(JwsAlgorithm::kEdDsa, "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
  EXPECT_EQ(to_base64url(as_text(*key.public_key())),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  const auto expected =
      token_of({to_base64url(R"({"alg":"EdDSA"})"), to_base64url("Example of Ed25519 signing"),
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5"
                "BhVsPt9g7sVvpAr_MuM0KAg"});
  EXPECT_EQ(key.sign(R"({"alg":"EdDSA"})", "Example of Ed25519 signing"), expected);
  EXPECT_TRUE(key.has_signed(split_jws(expected).value()));
}

class EachAlgorithm : public testing::TestWithParam<JwsAlgorithm> {
 protected:
  SecureRandom random_;
  const JwsKey key_ = JwsKey::make(GetParam(), random_);
};

bool holds(const JwsKey& key, std::string_view token) {
  const auto parts = split_jws(token);
  return parts && key.has_signed(*parts);
}

TEST_P(EachAlgorithm, HoldsForEveryByteOfATokenAndForItsKeyAlone) {
  const auto token = key_.sign(R"({"a":1})", R"({"b":2})");
  EXPECT_TRUE(holds(key_, token));
  EXPECT_TRUE(holds(*JwsKey::from_secret(GetParam(), key_.secret()), token));
  EXPECT_FALSE(holds(JwsKey::make(GetParam(), random_), token));
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char other : std::string_view("ABw-_.=+/ \0z", 12)) {
      if (token[i] == other) continue;
      std::string changed = token;
      changed[i] = other;
      EXPECT_FALSE(holds(key_, changed)) << i << other;
    }
    EXPECT_FALSE(holds(key_, token.substr(0, i))) << i;
  }
  for (const char* more : {"A", "=", "==", ".", " ", "\n"}) EXPECT_FALSE(holds(key_, token + more));
}

TEST_P(EachAlgorithm, RefusesASignatureThatIsNotCanonical) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto token = key_.sign("{}", "{}");
  // The last character has bits that mean nothing: all but one spelling of it are wrong.
  int holding = 0;
  for (const char last : kAlphabet)
    holding += holds(key_, token.substr(0, token.size() - 1) + last);
  EXPECT_EQ(holding, 1);
}

INSTANTIATE_TEST_SUITE_P(Jws, EachAlgorithm,
                         testing::Values(JwsAlgorithm::kHs256, JwsAlgorithm::kEdDsa),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST(Jws, HasThreePartsAndABound) {
  for (const char* wrong : {"", ".", "..", "a.b", "a..c", ".b.c", "a.b.", "a.b.c.d", "a.b.c."})
    EXPECT_FALSE(split_jws(wrong)) << wrong;
  const auto parts = split_jws("ab.cd.ef").value();
  EXPECT_EQ(parts.header, "ab");
  EXPECT_EQ(parts.payload, "cd");
  EXPECT_EQ(parts.signature, "ef");
  EXPECT_EQ(parts.signed_text, "ab.cd");
  EXPECT_TRUE(split_jws("a.b." + std::string(kMaxJwsBytes - 4, 'c')));
  EXPECT_FALSE(split_jws("a.b." + std::string(kMaxJwsBytes - 3, 'c')));
}

TEST(Jws, KeysAreLongEnoughAndForOneAlgorithm) {
  EXPECT_FALSE(JwsKey::from_secret(JwsAlgorithm::kHs256, Secret(std::string(31, 'k'))));
  EXPECT_TRUE(JwsKey::from_secret(JwsAlgorithm::kHs256, Secret(std::string(64, 'k'))));
  EXPECT_FALSE(JwsKey::from_secret(JwsAlgorithm::kEdDsa, Secret(std::string(31, 'k'))));
  EXPECT_FALSE(JwsKey::from_secret(JwsAlgorithm::kEdDsa, Secret(std::string(33, 'k'))));
  using enum JwsAlgorithm;
  for (const auto algorithm : {kHs256, kEdDsa, kRs256, kEs256})
    EXPECT_EQ(jws_algorithm_of(name_of(algorithm)), algorithm);
  EXPECT_EQ(name_of(kEs256), "ES256");
  for (const char* wrong :
       {"none", "None", "hs256", "HS512", "rs256", "RS512", "PS256", "ES384", ""})
    EXPECT_FALSE(jws_algorithm_of(wrong));
}

}  // namespace
}  // namespace gatehouse::crypto
