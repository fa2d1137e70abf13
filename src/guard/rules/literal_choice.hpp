// Which texts are worth looking for in every message, because few have one of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::guard {

using Texts = std::vector<std::string>;
inline constexpr std::size_t kTextsMost = 1024;

// Three characters, or two that are marks as code has them.
bool is_telling(std::string_view text);
// Whether all texts are telling, and at most kTextsMost.
bool is_usable(const Texts& texts);
// How often a message would have one of the texts, roughly; larger is oftener.
double frequency_of(const Texts& texts);
bool is_rare(const Texts& texts);
// The set that says more; an empty one says nothing.
const Texts& better(const Texts& a, const Texts& b);

}  // namespace gatehouse::guard
