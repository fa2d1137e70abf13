#include "rules/pattern_set.hpp"

#include <gmock/gmock.h>

namespace gatehouse::guard {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<std::uint32_t> found_in(const PatternSet& set, std::string_view text) {
  auto scratch = set.make_scratch();
  std::vector<std::uint32_t> found;
  set.scan(
      *scratch, {.text = text, .folded = text, .marks = MarkSet(text)},
      [](void* context, std::uint32_t pattern, std::size_t) {
        static_cast<std::vector<std::uint32_t>*>(context)->push_back(pattern);
      },
      &found);
  return found;
}

// A text could be filled with the literals of one pattern to have another one forgotten.
TEST(PatternSet, ManyLiteralsOfOnePatternDontCrowdOutAnother) {
  const auto set = PatternSet::compile(
      {{.text = "never so",
        .group = 0,
        .needs = {.literals = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta"}}},
       {.text = "union\\s+select", .group = 1, .needs = {.literals = {"union"}}}});
  ASSERT_TRUE(set.has_value());
  EXPECT_THAT(found_in(*set, "alpha beta gamma delta epsilon zeta union select"), ElementsAre(1U));
}

TEST(PatternSet, APatternIsAskedOnceHoweverManyOfItsLiteralsAreThere) {
  const auto set =
      PatternSet::compile({{.text = "a.*b", .group = 0, .needs = {.literals = {"alpha", "beta"}}}});
  ASSERT_TRUE(set.has_value());
  EXPECT_THAT(found_in(*set, "alpha beta"), ElementsAre(0U));
}

TEST(PatternSet, APatternIsLookedForWhereItsMarksAre) {
  const auto set = PatternSet::compile(
      {{.text = "a", .group = 0, .needs = {.marks = {MarkSet("<["), MarkSet(">")}}},
       {.text = "b", .group = 1},
       {.text = "c", .group = 2, .needs = {.literals = {"cde"}, .marks = {MarkSet(";")}}},
       {.text = "d", .group = 3, .needs = {.marks = {MarkSet("<["), MarkSet(">")}}}});
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->always_count(), 1U);
  EXPECT_THAT(found_in(*set, "d abcde <[{"), ElementsAre(1U));
  EXPECT_THAT(found_in(*set, "ba [>"), UnorderedElementsAre(0U, 1U));
  EXPECT_THAT(found_in(*set, "da [> cde;"), UnorderedElementsAre(0U, 2U, 3U));
}

// Debian's libvectorscan5 5.4.9 doesn't: install libhyperscan5.
TEST(PatternSet, FindsAMatchAtEveryOffset) { EXPECT_TRUE(PatternSet::finds_every_match()); }

}  // namespace
}  // namespace gatehouse::guard
