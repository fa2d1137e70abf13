#include "gatehouse/crypto/sealer.hpp"

#include <gtest/gtest.h>

namespace gatehouse::crypto {
namespace {

const Secret kSecret(std::string("an example of some length"));

TEST(Sealer, OpensWhatItSealedAndShowsNothingOfIt) {
  SecureRandom random;
  const Sealer sealer(kSecret, "recordings");
  for (const std::string& text : {std::string(), std::string("hello"), std::string(100'000, 'a')}) {
    const auto sealed = sealer.seal(text, "id", random);
    EXPECT_EQ(sealed.size(), text.size() + 40);
    if (!text.empty()) EXPECT_EQ(sealed.find(text), std::string::npos);
    EXPECT_EQ(sealer.open(sealed, "id"), text);
    EXPECT_NE(sealed, sealer.seal(text, "id", random)) << "each has a nonce of its own";
  }
}

TEST(Sealer, OpensNothingElse) {
  SecureRandom random;
  const Sealer sealer(kSecret, "recordings");
  const auto sealed = sealer.seal("hello", "id", random);
  EXPECT_EQ(sealer.open(sealed, "other"), std::nullopt);
  EXPECT_EQ(Sealer(kSecret, "other").open(sealed, "id"), std::nullopt);
  EXPECT_EQ(Sealer(Secret(std::string("another")), "recordings").open(sealed, "id"), std::nullopt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(sealer.open(changed, "id"), std::nullopt) << i;
    EXPECT_EQ(sealer.open(sealed.substr(0, i), "id"), std::nullopt) << i;
  }
}

}  // namespace
}  // namespace gatehouse::crypto
