// One pass over the words of a folded text: how they repeat, what the word model says of them, and
// the hash by which similar texts are known.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rules/score_model.hpp"
#include "words.hpp"

namespace gatehouse::guard {

struct WordPass {
  std::uint32_t words = 0;
  std::uint32_t repeated = 0;          // words that came before; an estimate from above
  std::uint32_t longest_same_run = 0;  // of one character
  float model_sum = 0;                 // of the weights of words and pairs of words
  std::uint64_t similarity = 0;        // texts of nearly the same words differ in few bits
};

// `words` are those of `folded`.
WordPass read_words(std::string_view folded, std::span<const Word> words, const WordModel& model);

// The places in a model of `size` weights that read_words adds up, for fitting it.
std::vector<std::uint32_t> word_places(std::string_view folded, std::size_t size);

}  // namespace gatehouse::guard
