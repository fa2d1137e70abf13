#include "gatehouse/settings/secret_reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::settings {
namespace {

using testing::ElementsAre;

TEST(SecretReference, OfVaultHasMountPathAndKey) {
  const auto found = parse_secret_reference("vault:secret/gatehouse/live#session");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, SecretReference::Kind::kVault);
  EXPECT_EQ(found->vault_path(), "secret/data/gatehouse/live");
  EXPECT_EQ(found->key, "session");
  EXPECT_EQ(found->shown(), "vault secret/data/gatehouse/live#session");
}

TEST(SecretReference, OfVaultCannotLeaveItsPath) {
  for (const auto* text :
       {"vault:", "vault:secret", "vault:secret#key", "vault:secret/a", "vault:secret/a#",
        "vault:/a#key", "vault:secret/#key", "vault:secret//a#key", "vault:secret/a/#key",
        "vault:secret/../sys/seal#key", "vault:secret/.#key", "vault:../a#key",
        "vault:secret/a?x#k", "vault:secret/a%2e#k", "vault:secret/a b#k", "vault:secret/a#k#k",
        "vault:secret/a#k/k", "vault:secret/a\n#k"}) {
    EXPECT_FALSE(parse_secret_reference(text)) << text;
  }
  EXPECT_FALSE(parse_secret_reference("vault:secret/" + std::string(600, 'a') + "#key"));
}

TEST(SecretReference, OfAProgramPartsItsArgumentsAtBlanks) {
  const auto words = [](std::string_view text) {
    return parse_secret_reference(text).value_or(SecretReference()).arguments;
  };
  EXPECT_THAT(words("exec:pass show gatehouse"), ElementsAre("pass", "show", "gatehouse"));
  EXPECT_THAT(words("exec:  /bin/a\t b  "), ElementsAre("/bin/a", "b"));
  EXPECT_THAT(words(R"(exec:a "b c" d"e f"g "")"), ElementsAre("a", "b c", "de fg", ""));
  EXPECT_THAT(words(R"(exec:a "b\"c\\d\n" \x)"), ElementsAre("a", R"(b"c\d\n)", R"(\x)"));
  EXPECT_THAT(words("exec:a $HOME 'b c' | d;e"), ElementsAre("a", "$HOME", "'b", "c'", "|", "d;e"));
}

TEST(SecretReference, OfAProgramNeedsOneAndItsQuotesEnd) {
  std::string many = "exec:a";
  for (int i = 0; i < 64; ++i) many += " b";
  for (const std::string& text :
       {std::string("exec:"), std::string("exec:  "), std::string("exec:\"\" a"),
        std::string("exec:a \"b"), std::string("exec:a\nb"), many}) {
    EXPECT_FALSE(parse_secret_reference(text)) << text;
  }
}

TEST(SecretReference, ShowsTheProgramAndNotItsArguments) {
  EXPECT_EQ(parse_secret_reference("exec:fetch --pin 1234")->shown(), "exec fetch");
}

TEST(SecretReference, IsKnownByItsBeginning) {
  EXPECT_TRUE(is_secret_reference("vault:x"));
  EXPECT_TRUE(is_secret_reference("exec:x"));
  for (const auto* text : {"", "vault", "Vault:x", "xexec:x", " vault:x"})
    EXPECT_FALSE(is_secret_reference(text)) << text;
}

}  // namespace
}  // namespace gatehouse::settings
