// What a pattern needs: a set of texts of which one is in whatever it matches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::guard {

// Each text is lower case ASCII without line feeds, and telling enough that few messages have one
// of them. Empty: there is no such set, or the pattern uses a form that isn't understood. Where
// `is_folded`, white space is a single space.
std::vector<std::string> required_literals(std::string_view pattern, bool is_folded);

// How often a message would have one of the texts, roughly; larger is oftener.
double frequency_of(const std::vector<std::string>& literals);

}  // namespace gatehouse::guard
