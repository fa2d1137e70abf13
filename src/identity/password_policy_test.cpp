#include "gatehouse/identity/password_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity {
namespace {

// As tools/common_passwords.mjs writes it.
std::string table_of(std::initializer_list<std::string_view> passwords) {
  std::vector<std::string> entries;
  for (const auto password : passwords)
    entries.emplace_back(crypto::as_text(crypto::sha256(password)).substr(0, 8));
  std::ranges::sort(entries, [](const std::string& a, const std::string& b) {
    return std::ranges::lexicographical_compare(a, b, [](char x, char y) {
      return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
    });
  });
  std::string table;
  for (const auto& entry : entries) table += entry;
  return table;
}

class NewPasswords : public testing::Test {
 protected:
  // Empty: it is good.
  std::string problem(std::string_view text, bool has_second_factor = false) {
    const Secret password = normal_password(text, "new_password").value();
    const auto result =
        check_new_password({.password = password,
                            .account_name = "annabel@example.org",
                            .has_second_factor = has_second_factor},
                           {.common = CommonPasswords(table_), .site_words = {"riverside", "xy"}});
    return result ? "" : result.error().client_message;
  }

  const std::string table_ =
      table_of({"password", "letmein", "dragon", "qwertyuiopasdfg", "iloveyou", "correcthorse"});
};

TEST_F(NewPasswords, AreLongOrHaveASecondFactorBeside) {
  EXPECT_EQ(problem("kettle of grey rain"), "");
  EXPECT_NE(problem("kettle of grey"), "");
  EXPECT_EQ(problem("kettle o", true), "");
  EXPECT_NE(problem("kettle ", true), "");
}

TEST_F(NewPasswords, NeedNoKindsOfCharactersAndMayBeOfAnyScript) {
  EXPECT_EQ(problem("nothingbutsmallletters"), "");
  EXPECT_EQ(problem("ฝนตกหนักที่หน้าบ้านวันนี้"), "");
  EXPECT_EQ(problem("雨の日は家で本を読むのが好きです"), "");
  EXPECT_EQ(problem("🐙🦑🐚 seven wet things 🐳"), "");
}

TEST_F(NewPasswords, DoNotHoldTheNameOfThePlace) {
  EXPECT_NE(problem("RiverSide and five ducks"), "");
  EXPECT_EQ(problem("river side and five ducks"), "");
  EXPECT_EQ(problem("xy and nine wet ducks"), "");
}

TEST_F(NewPasswords, HaveAtMost128Characters) {
  std::string text;
  while (text.size() < 124) text += "owls ";
  EXPECT_NE(problem(text), "") << "a repetition of four letters";
  std::string ab = "the quick brown fox jumps over the lazy dog while nobody is looking at it; ";
  ab += "then it sleeps in the warm sun for an hour or two.";
  EXPECT_EQ(problem(ab.substr(0, 128)), "");
  EXPECT_NE(problem(ab + " 1234567890"), "");
  std::string wide;
  for (int i = 0; i < 128; ++i) append_utf8(wide, static_cast<char32_t>(0x4E00 + (i * 7 % 60)));
  EXPECT_EQ(problem(wide), "") << "characters are counted, not bytes";
}

TEST_F(NewPasswords, AreNotThoseThatAreTriedFirst) {
  for (const std::string_view text :
       {"qwertyuiopasdfg", "QwertyUiopAsdfg", "passwordpassword", "PASSWORDPASSWORDpass",
        "123456789012345", "abcdefghijklmnop", "987654321098765", "aaaaaaaaaaaaaaaaaa",
        "ababababababababab", "letmeinletmein2024!", "correcthorse123"}) {
    EXPECT_NE(problem(text), "") << text;
  }
  EXPECT_EQ(problem("correcthorse-battery-staple"), "") << "common words in something of one's own";
  EXPECT_NE(problem("iloveyou", true), "");
  EXPECT_NE(problem("iloveyou1!", true), "");
}

TEST_F(NewPasswords, DontHoldTheAccountsName) {
  EXPECT_NE(problem("Annabel is my name 77"), "");
  EXPECT_NE(problem("xx annabel@example.org xx"), "");
  EXPECT_EQ(problem("somebody else's name"), "");
}

TEST(NormalPassword, IsTheSameHoweverTheKeyboardWritesIt) {
  EXPECT_EQ(normal_password("caf\u00e9", "password")->reveal(),
            normal_password("cafe\u0301", "password")->reveal());
  EXPECT_EQ(normal_password("ＡＢ", "password")->reveal(), "AB");
  const auto broken = normal_password("\xC3(", "password");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().field, "password");
  EXPECT_FALSE(normal_password(std::string_view("a\0b", 3), "password"));
}

}  // namespace
}  // namespace gatehouse::identity
