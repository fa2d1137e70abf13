#include "gatehouse/crypto/mac.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"

namespace gatehouse::crypto {
namespace {

TEST(Sha256, HashesTheVectorOfFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
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
