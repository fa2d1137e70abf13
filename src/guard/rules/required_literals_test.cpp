#include "rules/required_literals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(RequiredLiterals, AreWhatEveryMatchHas) {
  EXPECT_THAT(required_literals("abc|def"), UnorderedElementsAre("abc", "def"));
  EXPECT_THAT(required_literals(R"(\bx.*(?:ABC|def)?\s{1,4}ghi[jk]+)"),
              UnorderedElementsAre(" ghi"));
  EXPECT_THAT(required_literals(R"(from\s+now\son)"), UnorderedElementsAre("from now on"));
  EXPECT_THAT(required_literals("colou?rs"), UnorderedElementsAre("colours", "colors"));
  EXPECT_THAT(required_literals("[!?]{5,}"), UnorderedElementsAre("!!", "!?", "?!", "??"));
  EXPECT_THAT(required_literals(R"(<\|im_start)"), UnorderedElementsAre("<|im_start"));
}

TEST(RequiredLiterals, AreNoneWhereAMatchMayGoWithout) {
  for (const char* pattern : {"abc|.", "(?:abc)*", "(?:abc){0,2}", R"(\w+\s\d+)", "a[bc]", "abc|d",
                              "(?i)abc", "(abc", "[[:alpha:]]]]]", "ä"}) {
    EXPECT_THAT(required_literals(pattern), IsEmpty()) << pattern;
  }
}

TEST(RequiredLiterals, HaveSingleSpaces) {
  EXPECT_THAT(required_literals(R"(ab\s\scd)"), UnorderedElementsAre("ab cd"));
}

TEST(RequiredMarks, AreThoseOfEveryMatch) {
  const auto marks = [](std::string_view pattern) { return required_marks(pattern); };
  EXPECT_THAT(marks("<a=|[<>]b"), ElementsAre(MarkSet("<>")));
  EXPECT_THAT(marks(R"(['"`]+\s*(?:\(|\{x))"), ElementsAre(MarkSet("({"), MarkSet("'\"`")));
  EXPECT_THAT(marks(R"((?:[\r\n;]|%a)ls)"), ElementsAre(MarkSet("\r\n;%")));
  EXPECT_THAT(marks("a<?b*(?:=c){0,3}[<-z]"), IsEmpty());
  EXPECT_THAT(marks(R"([^<][<a][\s<][<\w]<?)"), IsEmpty());
  EXPECT_THAT(marks(R"([\d%]\)\d)"), ElementsAre(kAnyDigit, MarkSet(")")));
  EXPECT_THAT(marks("<|a"), IsEmpty());
  EXPECT_THAT(marks("(?i)<"), IsEmpty());
  EXPECT_THAT(marks("“[‘`]"), ElementsAre(kBeyondAscii));
}

}  // namespace
}  // namespace gatehouse::guard
