#include "gatehouse/crypto/mac.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"

namespace gatehouse::crypto {
namespace {

TEST(Sha256, HashesTheVectorOfFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 4231 §4.3 and §4.7, and keys around the length of a block.
TEST(HmacSha256, IsThatOfTheStandard) {
  const auto mac = [](std::string key, std::string_view text) {
    return to_hex(as_text(hmac_sha256(Secret(std::move(key)), text)));
  };
  EXPECT_EQ(mac("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(mac(std::string(64, 'k'), "x"), mac(std::string(64, 'k'), "x"));
  EXPECT_NE(mac(std::string(64, 'k'), "x"), mac(std::string(65, 'k'), "x"));
  EXPECT_EQ(mac(std::string(65, 'k'), ""),
            mac(std::string(as_text(sha256(std::string(65, 'k')))), ""));
}

TEST(MacKey, VerifiesWhatItSignedAndNothingElse) {
  const MacKey key(Secret("a secret of the house"), "session");
  const Digest mac = key.sign("message");
  EXPECT_TRUE(key.verify("message", as_text(mac)));
  EXPECT_FALSE(key.verify("messagf", as_text(mac)));
  EXPECT_FALSE(key.verify("message", as_text(mac).substr(0, 31)));
  EXPECT_FALSE(key.verify("message", ""));
}

TEST(Fingerprinter, TellsSecretsApartAndDependsOnItsProcess) {
  SecureRandom random;
  const Fingerprinter one(random);
  const Fingerprinter other(random);
  EXPECT_EQ(one.of("a key"), one.of("a key"));
  EXPECT_NE(one.of("a key"), one.of("a kez"));
  EXPECT_NE(one.of("a key"), other.of("a key"));
}

TEST(MacKey, GivesUnrelatedKeysForPurposes) {
  const Secret secret("a secret of the house");
  const Digest mac = MacKey(secret, "session").sign("message");
  EXPECT_FALSE(MacKey(secret, "csrf").verify("message", as_text(mac)));
}

}  // namespace
}  // namespace gatehouse::crypto
