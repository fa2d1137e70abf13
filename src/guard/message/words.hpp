// The words of a folded text: what similarity, the word model and the index of phrases read.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::guard {

// A run of letters and digits. Bytes beyond ASCII count as letters; from U+3000 on (kana, Han,
// Hangul, emoji) each character is a word.
struct Word {
  std::uint64_t hash = 0;   // of all its bytes
  std::uint32_t start = 0;  // bytes from the beginning of the text
  std::uint32_t end = 0;
  std::uint32_t opening = 0;  // its first kOpeningBytes, if it has so many; else 0
};
inline constexpr std::size_t kOpeningBytes = 4;

// Replaces `words` by those of `text` (less than 4 GB). Whether the text is ASCII. Allocates only
// when the buffer grows.
bool list_words(std::string_view text, std::vector<Word>& words);

inline std::uint64_t mix(std::uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0x9E3779B97F4A7C15;
  return hash ^ (hash >> 29);
}

// Two words in a row.
inline std::uint64_t pair_of(std::uint64_t first, std::uint64_t second) {
  return mix(first * 3 + second);
}
inline constexpr std::uint64_t kNoWord = 0xCBF29CE484222325;  // stands before the first

bool is_ascii(std::string_view text);

// How often a byte is repeated where one is repeated most, spaces aside.
std::uint32_t longest_same_run(std::string_view text);

}  // namespace gatehouse::guard
