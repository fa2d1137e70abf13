#include "gatehouse/crypto/jws_public_key.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "gatehouse/crypto/mac.hpp"
#include "gatehouse/crypto/testing/jws_signer.hpp"

namespace gatehouse::crypto {
namespace {

using testing::JwsSigner;

constexpr JwsAlgorithm kAll[] = {JwsAlgorithm::kRs256, JwsAlgorithm::kEs256, JwsAlgorithm::kEdDsa};

std::optional<JwsPublicKey> key_of(const JwsSigner& signer, JwsAlgorithm algorithm) {
  const auto [first, second] = signer.public_numbers();
  if (algorithm == JwsAlgorithm::kRs256) return JwsPublicKey::of_rsa(first, second);
  if (algorithm == JwsAlgorithm::kEs256) return JwsPublicKey::of_p256(first, second);
  return JwsPublicKey::of_ed25519(first);
}

bool holds(const JwsPublicKey& key, std::string_view token) {
  const auto parts = split_jws(token);
  return parts && key.has_signed(*parts);
}

std::string with_signature(std::string_view token, std::string_view signature) {
  return std::string(token.substr(0, token.rfind('.') + 1)) + to_base64url(signature);
}

TEST(JwsPublicKey, TakesWhatItsKeyHasSignedAndNothingElse) {
  for (const auto algorithm : kAll) {
    const JwsSigner signer(algorithm);
    const JwsSigner other(algorithm);
    const auto key = key_of(signer, algorithm);
    ASSERT_TRUE(key) << name_of(algorithm);
    EXPECT_EQ(key->algorithm(), algorithm);
    const auto token = signer.sign("{}", R"({"sub":"a"})");
    EXPECT_TRUE(holds(*key, token));
    EXPECT_FALSE(holds(*key, other.sign("{}", R"({"sub":"a"})")));
    auto changed = token;
    changed[4] = changed[4] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(holds(*key, changed));
  }
}

// RFC 8037, appendix A: a key and a signature that this code didn't make.
TEST(JwsPublicKey, AgreesWithTheVectorOfTheStandard) {
  const auto x = from_base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  const auto key = JwsPublicKey::of_ed25519(*x);
  ASSERT_TRUE(key);
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCj"
      "P0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_TRUE(holds(*key, token));
}

TEST(JwsPublicKey, RefusesEs256SignaturesOfAnotherForm) {
  const JwsSigner signer(JwsAlgorithm::kEs256);
  const auto key = key_of(signer, JwsAlgorithm::kEs256);
  const auto token = signer.sign("{}", "{}");
  const auto raw = *from_base64url(token.substr(token.rfind('.') + 1));
  ASSERT_EQ(raw.size(), 64U);
  const std::string zeros(32, '\0');
  EXPECT_FALSE(holds(*key, with_signature(token, raw.substr(0, 63))));
  EXPECT_FALSE(holds(*key, with_signature(token, raw + '\0')));
  EXPECT_FALSE(holds(*key, with_signature(token, zeros + zeros))) << "r = s = 0";
  EXPECT_FALSE(holds(*key, with_signature(token, zeros + raw.substr(32))));
  EXPECT_FALSE(holds(*key, with_signature(token, raw.substr(0, 32) + zeros)));
  EXPECT_FALSE(holds(*key, with_signature(token, raw.substr(32) + raw.substr(0, 32))));
  // As TLS writes it: DER.
  const std::string der =
      std::string("\x30\x44\x02\x20") + raw.substr(0, 32) + "\x02\x20" + raw.substr(32);
  EXPECT_FALSE(holds(*key, with_signature(token, der)));
}

TEST(JwsPublicKey, RefusesSignaturesOfAnotherLength) {
  for (const auto algorithm : kAll) {
    const JwsSigner signer(algorithm);
    const auto key = key_of(signer, algorithm);
    const auto token = signer.sign("{}", "{}");
    const auto signature = *from_base64url(token.substr(token.rfind('.') + 1));
    for (const auto& wrong : {signature.substr(1), signature + "x", '\0' + signature,
                              std::string(1, 'x'), std::string(signature.size(), '\0')})
      EXPECT_FALSE(holds(*key, with_signature(token, wrong))) << name_of(algorithm);
    EXPECT_FALSE(holds(*key, token + "=")) << "padding is another text";
  }
}

TEST(JwsPublicKey, RefusesKeysThatAreTooWeakOrNone) {
  const auto [weak, exponent] = JwsSigner(JwsAlgorithm::kRs256, 1024).public_numbers();
  EXPECT_FALSE(JwsPublicKey::of_rsa(weak, exponent));
  const auto [modulus, good] = JwsSigner(JwsAlgorithm::kRs256).public_numbers();
  EXPECT_TRUE(JwsPublicKey::of_rsa(modulus, good));
  for (const auto& wrong : {std::string(), std::string("\x01"), std::string("\x04"),
                            std::string("\0", 1), std::string(9, '\x03')})
    EXPECT_FALSE(JwsPublicKey::of_rsa(modulus, wrong));
  auto even = modulus;
  even.back() = static_cast<char>(even.back() & ~1);
  EXPECT_FALSE(JwsPublicKey::of_rsa(even, good));
  EXPECT_FALSE(JwsPublicKey::of_rsa(std::string(1025, '\xff'), good));
  EXPECT_FALSE(JwsPublicKey::of_rsa({}, good));

  const auto [x, y] = JwsSigner(JwsAlgorithm::kEs256).public_numbers();
  EXPECT_TRUE(JwsPublicKey::of_p256(x, y));
  EXPECT_FALSE(JwsPublicKey::of_p256(y, x)) << "no point of the curve";
  EXPECT_FALSE(JwsPublicKey::of_p256(x.substr(1), y));
  EXPECT_FALSE(JwsPublicKey::of_p256(std::string(32, '\0'), std::string(32, '\0')));
  EXPECT_FALSE(JwsPublicKey::of_ed25519(x.substr(1)));
}

// OpenSSL's next caller on the thread, which is TLS, would take it for its own.
TEST(JwsPublicKey, LeavesNoErrorBehind) {
  const JwsSigner signer(JwsAlgorithm::kRs256);
  const auto key = key_of(signer, JwsAlgorithm::kRs256);
  ERR_clear_error();
  EXPECT_FALSE(holds(*key, with_signature(signer.sign("{}", "{}"), std::string(256, 'x'))));
  EXPECT_EQ(ERR_peek_error(), 0U);
  EXPECT_FALSE(JwsPublicKey::of_p256(std::string(32, 'x'), std::string(32, 'y')));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(JwsKey, IsNeverMadeForAlgorithmsOfOthers) {
  for (const auto algorithm : {JwsAlgorithm::kRs256, JwsAlgorithm::kEs256})
    EXPECT_FALSE(JwsKey::from_secret(algorithm, Secret(std::string(32, 'x'))));
}

}  // namespace
}  // namespace gatehouse::crypto
