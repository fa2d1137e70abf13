// A text written otherwise. Each function appends to `out`; whoever calls them has a reason.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::guard {

void append_rot13(std::string_view text, std::string& out);
void append_reversed(std::string_view text, std::string& out);

// Digits and marks within words read as the letters they stand for ("1gn0r3"). `one` is what the
// digit 1 and its kin are read as: i or l.
void append_without_leet(std::string_view text, char one, std::string& out);
// Single letters put together ("i g n o r e", "i.g.n.o.r.e"), and marks within words dropped; two
// spaces stay a border between words.
void append_joined(std::string_view text, std::string& out);

}  // namespace gatehouse::guard
