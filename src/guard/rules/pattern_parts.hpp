// Divides a pattern at its wide gaps, or into its alternatives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::guard {

struct PatternParts {
  std::vector<std::string> parts;  // at least one
  std::uint32_t within = 0;        // characters from the end of the first to the end of the last
};

// "a.{0,60}b" is a and, at most so many characters later, b: as parts they make a small automaton,
// as one pattern a huge one that takes seconds to compile. Gaps count only outside of groups, and
// where each part has at least two letters or digits of its own. A pattern without such gaps is its
// own and only part.
PatternParts divide_pattern(std::string_view pattern);

// "(?:a|b)" and "a|b" are a or b; any other pattern is its own and only alternative.
std::vector<std::string> alternatives_of(std::string_view pattern);

// Whether characters beyond ASCII have to be known as such for the pattern to mean what it says.
bool names_characters(std::string_view pattern);

}  // namespace gatehouse::guard
