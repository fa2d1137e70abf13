// Letters that look like Latin ones.
#pragma once

#include <cstdint>

namespace gatehouse::guard {

enum class Script : std::uint8_t { kNone, kLatin, kGreek, kCyrillic, kArmenian, kCherokee, kOther };

// Of a letter in folded text; kNone for what is no letter.
Script script_of(char32_t character);

// The Latin letter that a folded letter of another script looks like; 0 if none.
char latin_look_alike(char32_t letter);

// The Latin letter that a styled one (small capital, squared, regional indicator) stands for: these
// are read as Latin everywhere. 0 if none.
char plain_latin(char32_t character);

// Whether words of the character's script are written without a border between them, so that a word
// may begin and end anywhere (Han, kana, Thai and its neighbours; Hangul, whose particles hang on).
bool is_written_without_borders(char32_t character);

}  // namespace gatehouse::guard
