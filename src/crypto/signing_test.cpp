#include "gatehouse/crypto/signing.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::crypto {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>((hex_value(hex[i]) << 4) | hex_value(hex[i + 1]));
  return bytes;
}

// RFC 8032 §7.1, test 2.
TEST(Signing, IsEd25519) {
  const auto seed = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const auto key = SigningKey::from_text(to_base64url(seed)).value();
  EXPECT_EQ(to_hex(as_text(key.public_key())),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(to_hex(as_text(key.sign("\x72"))),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Signing, HoldsForItsBytesAndKeyOnly) {
  SecureRandom random;
  const auto key = SigningKey::make(random);
  const auto again = SigningKey::from_text(key.seed_text().reveal()).value();
  const auto other = SigningKey::make(random);
  auto signature = key.sign("the text");
  EXPECT_TRUE(is_signature(signature, "the text", again.public_key()));
  EXPECT_FALSE(is_signature(signature, "the texts", key.public_key()));
  EXPECT_FALSE(is_signature(signature, "the text", other.public_key()));
  signature[0] ^= 1;
  EXPECT_FALSE(is_signature(signature, "the text", key.public_key()));
  EXPECT_FALSE(SigningKey::from_text("short"));
}

}  // namespace
}  // namespace gatehouse::crypto
