#include "rules/required_literals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(RequiredLiterals, AreWhatEveryMatchHas) {
  EXPECT_THAT(required_literals("abc|def", true), UnorderedElementsAre("abc", "def"));
  EXPECT_THAT(required_literals(R"(\bx.*(?:ABC|def)?\s{1,4}ghi[jk]+)", true),
              UnorderedElementsAre(" ghi"));
  EXPECT_THAT(required_literals(R"(from\s+now\son)", true), UnorderedElementsAre("from now on"));
  EXPECT_THAT(required_literals("colou?rs", true), UnorderedElementsAre("colours", "colors"));
  EXPECT_THAT(required_literals("[!?]{5,}", true), UnorderedElementsAre("!!", "!?", "?!", "??"));
  EXPECT_THAT(required_literals(R"(<\|im_start)", true), UnorderedElementsAre("<|im_start"));
}

TEST(RequiredLiterals, AreNoneWhereAMatchMayGoWithout) {
  for (const char* pattern : {"abc|.", "(?:abc)*", "(?:abc){0,2}", R"(\w+\s\d+)", "a[bc]", "abc|d",
                              "(?i)abc", "(abc", "[[:alpha:]]]]]", "ä"}) {
    EXPECT_THAT(required_literals(pattern, true), IsEmpty()) << pattern;
  }
}

TEST(RequiredLiterals, KnowThatOnlyFoldedTextHasSingleSpaces) {
  EXPECT_THAT(required_literals(R"(ab\scd)", true), UnorderedElementsAre("ab cd"));
  EXPECT_THAT(required_literals(R"(ab\scd)", false), IsEmpty());
}

}  // namespace
}  // namespace gatehouse::guard
