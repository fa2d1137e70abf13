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

TEST(PatternParts, AreAlternativesToo) {
  const auto texts = [](std::string_view pattern) { return alternatives_of(pattern); };
  EXPECT_THAT(texts("(?:a(?:b|c)|[|)]|\\|d)"), ElementsAre("a(?:b|c)", "[|)]", "\\|d"));
  EXPECT_THAT(texts("a|b"), ElementsAre("a", "b"));
  for (const char* pattern : {"(?:a|b)c", "(?:a|b)(?:c|d)", "(?:a|b)?", "abc", "(?:a"})
    EXPECT_THAT(texts(pattern), ElementsAre(pattern));
}

}  // namespace
}  // namespace gatehouse::guard
