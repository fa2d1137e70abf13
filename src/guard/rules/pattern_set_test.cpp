#include "rules/pattern_set.hpp"

#include <gmock/gmock.h>

namespace gatehouse::guard {
namespace {

using ::testing::ElementsAre;

std::vector<std::uint32_t> found_in(const PatternSet& set, std::string_view text) {
  auto scratch = set.make_scratch();
  std::vector<std::uint32_t> found;
  set.scan(
      *scratch, text,
      [](void* context, std::uint32_t pattern, std::size_t) {
        static_cast<std::vector<std::uint32_t>*>(context)->push_back(pattern);
      },
      &found);
  return found;
}

// A text could be filled with the literals of one pattern to have another one forgotten.
TEST(PatternSet, ManyLiteralsOfOnePatternDontCrowdOutAnother) {
  const auto set =
      PatternSet::compile({{.text = "never so",
                            .group = 0,
                            .literals = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta"}},
                           {.text = "union\\s+select", .group = 1, .literals = {"union"}}});
  ASSERT_TRUE(set.has_value());
  EXPECT_THAT(found_in(*set, "alpha beta gamma delta epsilon zeta union select"), ElementsAre(1U));
}

TEST(PatternSet, APatternIsAskedOnceHoweverManyOfItsLiteralsAreThere) {
  const auto set =
      PatternSet::compile({{.text = "a.*b", .group = 0, .literals = {"alpha", "beta"}}});
  ASSERT_TRUE(set.has_value());
  EXPECT_THAT(found_in(*set, "alpha beta"), ElementsAre(0U));
}

// Debian's libvectorscan5 5.4.9 doesn't: install libhyperscan5.
TEST(PatternSet, FindsAMatchAtEveryOffset) { EXPECT_TRUE(PatternSet::finds_every_match()); }

}  // namespace
}  // namespace gatehouse::guard
