#include "rules/pattern_parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

using testing::ElementsAre;

TEST(PatternParts, DividesAtWideGapsOnly) {
  EXPECT_THAT(divide_pattern("ab.{0,60}cd").parts, ElementsAre("ab", "cd"));
  EXPECT_EQ(divide_pattern("ab.{0,60}cd").within, 100U);
  EXPECT_THAT(divide_pattern(R"(\bab[^.\]]{0,20}?(?:cd|ef).{2,30}gh)").parts,
              ElementsAre(R"(\bab)", "(?:cd|ef)", "gh"));
  for (const char* whole : {"ab.{0,5}cd", "abc", "(?:ab.{0,60}cd)", "ab.{0,60}cd|ef",
                            R"(ab\.{0,60}cd)", "[ab.{0,60}]cd", "ab.{20}cd"}) {
    EXPECT_THAT(divide_pattern(whole).parts, ElementsAre(whole));
  }
}

TEST(PatternParts, LeavesNoPartThatMatchesNearlyEverywhere) {
  EXPECT_THAT(divide_pattern(R"(ab.{0,60}\s)").parts, ElementsAre(R"(ab.{0,60}\s)"));
  EXPECT_THAT(divide_pattern(R"(\b[a-z].{0,60}cd)").parts, ElementsAre(R"(\b[a-z].{0,60}cd)"));
}

}  // namespace
}  // namespace gatehouse::guard
