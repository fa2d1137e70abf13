// Answers as LINE shows them: plain text, in messages of bounded length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/chat/reply_event.hpp"

namespace gatehouse::channels::line {

inline constexpr std::size_t kMaxTextUnits = 5000;  // of a message, in UTF-16 units

// Markdown without its marks: what they mark stays, links keep their addresses behind their texts.
// `markdown` is valid UTF-8, as is the answer.
std::string plain_text(std::string_view markdown);

// The sources that a text names as [1], a line each; empty where there are none.
std::string source_lines(const std::vector<chat::Citation>& citations);

// Cuts `text`, which is valid UTF-8, into pieces of at most `limit_units` > 1, and not one more
// than needed: behind a paragraph, else a line, a sentence, a word, and never within a grapheme,
// unless one alone is longer. One after the other they are the text.
std::vector<std::string> split_text(std::string_view text, std::size_t limit_units);

// `text`, or as much of its beginning as fits into `limit_units` with `note` behind it.
std::string cut_text(std::string text, std::size_t limit_units, std::string_view note);

std::size_t utf16_units(std::string_view text);

}  // namespace gatehouse::channels::line
