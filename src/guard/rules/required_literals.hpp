// What a pattern needs: texts of which one is in whatever it matches, and marks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "message/marks.hpp"

namespace gatehouse::guard {

// Each text is lower case ASCII without line feeds, and telling enough that few messages have one
// of them. Empty: there is no such set, or the pattern uses a form that isn't understood. White
// space is a single space: the texts are in the folded form of whatever matches.
std::vector<std::string> required_literals(std::string_view pattern);

// Sets of marks of which each has one in whatever the pattern matches, as it stands. Perhaps none.
std::vector<MarkSet> required_marks(std::string_view pattern);

struct Requirement {
  std::vector<std::string> literals;
  std::vector<MarkSet> marks;

  bool operator==(const Requirement&) const = default;
};

// What a text must have for all `parts` of a pattern to be in it: of the literals, those of the
// rarest part.
Requirement requirement_of(const std::vector<std::string>& parts);

}  // namespace gatehouse::guard
