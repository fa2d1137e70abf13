// What a single pass over a message's bytes tells: which views are worth making, and how it looks.
#pragma once

#include <cstdint>
#include <string_view>

#include "marks.hpp"

namespace gatehouse::guard {

struct TextSignals {
  bool is_ascii = true;
  bool has_uneven_space = false;  // control characters, line feeds, two spaces in a row
  bool has_long_run = false;      // 16 or more of the base64 alphabet
  MarkSet marks;
  std::uint32_t letters = 0;  // these count ASCII only
  std::uint32_t capitals = 0;
  std::uint32_t digits = 0;
  std::uint32_t spaces = 0;
  std::uint32_t single_letters = 0;     // a letter between two that are neither letter nor digit
  std::uint32_t inner_digits = 0;       // what stands for a letter between two letters: "s3t"
  std::uint32_t inner_punctuation = 0;  // a mark between two letters: "i.g"
};

TextSignals read_signals(std::string_view text);

}  // namespace gatehouse::guard
