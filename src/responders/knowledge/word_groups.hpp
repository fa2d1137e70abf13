// A text in pieces that read well while they arrive.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::responders {

// Some words each, cut behind white space; where none comes for long (Chinese, a long URL), behind
// a code point. Joined they are the text.
std::vector<std::string> word_groups(std::string_view text);

}  // namespace gatehouse::responders
