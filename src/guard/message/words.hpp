// The words of a folded text: what similarity, the word model and the index of phrases read.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "marks.hpp"

namespace gatehouse::guard {

// A run of letters and digits. Bytes beyond ASCII count as letters; from U+3000 on (kana, Han,
// Hangul, emoji) each character is a word.
struct Word {
  std::uint64_t hash = 0;   // of all its bytes
  std::uint64_t pair = 0;   // of it and the word before
  std::uint32_t start = 0;  // bytes from the beginning of the text
  std::uint32_t end = 0;
  std::uint32_t opening = 0;  // its first kOpeningBytes, if it has so many; else 0
};
inline constexpr std::size_t kOpeningBytes = 4;

// Lists the words of one text after the other. Allocates only when a text has more than any before.
class WordLister {
 public:
  // Of a text of less than 4 GB. The words are good until the next call, the text is not kept.
  std::span<const Word> list(std::string_view text);

  // Of the text listed last.
  std::span<const Word> words() const { return {words_.data(), count_}; }
  bool is_ascii() const { return !marks_.holds_any(kBeyondAscii); }
  MarkSet marks() const { return marks_; }

 private:
  // Where words begin and have ended in a block, and where the first of them to end begins.
  struct Edges {
    std::uint64_t starts = 0;
    std::uint64_t ends = 0;
    std::size_t start = 0;
  };

  std::size_t add_runs(std::string_view text, std::size_t at, Edges edges);
  void add_characters(std::string_view text, std::size_t start, std::size_t end);
  void make_room(std::size_t words);

  std::vector<Word> words_;  // more than there are
  std::size_t count_ = 0;
  MarkSet marks_;
};

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
