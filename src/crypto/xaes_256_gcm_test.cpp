#include "xaes_256_gcm.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::string_view kNonce = "ABCDEFGHIJKLMNOPQRSTUVWX";

std::string sealed_hex(char key_byte, std::string_view context) {
  std::string out;
  append_xaes_sealed(out, std::string(kXaesKeyBytes, key_byte), kNonce, "XAES-256-GCM", context);
  return to_hex(out);
}

// Those of the specification: the mask of one key is reduced, that of the other isn't.
TEST(Xaes256Gcm, SealsAsTheSpecificationDoes) {
  EXPECT_EQ(sealed_hex('\x01', ""), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
  EXPECT_EQ(sealed_hex('\x03', "c2sp.org/XAES-256-GCM"),
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

TEST(Xaes256Gcm, OpensWhatWasSealedAndNothingElse) {
  const std::string key(kXaesKeyBytes, '\x07');
  for (const std::size_t size : {0UL, 1UL, 15UL, 16UL, 17UL, 100'000UL}) {
    const std::string text(size, 'a');
    std::string boxed;
    append_xaes_sealed(boxed, key, kNonce, text, "here");
    EXPECT_EQ(open_xaes(key, kNonce, boxed, "here"), text);
    EXPECT_EQ(open_xaes(key, kNonce, boxed, "there"), std::nullopt);
    EXPECT_EQ(open_xaes(key, kNonce, std::string_view(boxed).substr(1), "here"), std::nullopt);
    boxed.back() = static_cast<char>(boxed.back() ^ 1);
    EXPECT_EQ(open_xaes(key, kNonce, boxed, "here"), std::nullopt);
  }
}

}  // namespace
}  // namespace gatehouse::crypto
