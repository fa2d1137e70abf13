#include "gatehouse/identity/account.hpp"

#include <gtest/gtest.h>

#include <array>

namespace gatehouse::identity {
namespace {

TEST(AccountName, IsSmallLettersDigitsAndFewMarks) {
  EXPECT_EQ(read_account_name("Anna").value(), "anna");
  EXPECT_EQ(read_account_name("anna.b+x@example.org").value(), "anna.b+x@example.org");
  EXPECT_EQ(read_account_name("7").value(), "7");
  EXPECT_TRUE(read_account_name(std::string(64, 'a')));
}

TEST(AccountName, IsNothingThatMeansMoreElsewhere) {
  const std::array<std::string, 14> bad = {
      "",     std::string(65, 'a'), ".anna",    "-rf",  "@a", "a b", "a/b", "a\\b", "a:b",
      "a\nb", "ann\u00e4",          "a\u200bb", "a%00", "a{}"};
  for (const auto& name : bad) {
    const auto read = read_account_name(name);
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().field, "name");
  }
  EXPECT_FALSE(read_account_name(std::string("a\0b", 3)));
}

TEST(Role, HasANameThatLeadsBack) {
  for (const Role role : {Role::kMember, Role::kAnalyst, Role::kOperator})
    EXPECT_EQ(role_of(name_of(role)), role);
  EXPECT_EQ(role_of("admin"), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::identity
