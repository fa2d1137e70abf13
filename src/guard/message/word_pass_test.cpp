#include "message/word_pass.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace gatehouse::guard {
namespace {

// The bits that more than half of the pairs have, counted one by one.
std::uint64_t majority_of(std::span<const Word> words) {
  std::uint64_t out = 0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    std::size_t set = 0;
    for (const auto& word : words) set += (word.pair >> bit) & 1;
    if (set > words.size() / 2) out |= std::uint64_t{1} << bit;
  }
  return out;
}

TEST(WordPass, CountsTheBitsOfAnyNumberOfWords) {
  const WordModel model{.steps = {1, -2, 3, -4}, .scale = 0.5F};
  std::string text;
  WordLister lister;
  for (std::size_t count = 0; count < 300; ++count) {
    const auto words = lister.list(text);
    ASSERT_EQ(words.size(), count);
    const auto pass = read_words(text, words, model);
    EXPECT_EQ(pass.words, count);
    EXPECT_EQ(pass.similarity, majority_of(words)) << count;
    int sum = 0;
    for (const auto& word : words) sum += model.steps[word.hash & 3] + model.steps[word.pair & 3];
    EXPECT_EQ(pass.model_sum, static_cast<float>(sum) * model.scale) << count;
    text += "word" + std::to_string(count * count) + " ";
  }
}

TEST(WordPass, KnowsSimilarTextsByFewBits) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "word" + std::to_string(i) + " ";
  WordLister lister;
  const auto one = read_words(text, lister.list(text), {}).similarity;
  const std::string other = text + "indeed";
  const auto two = read_words(other, lister.list(other), {}).similarity;
  EXPECT_LE(std::popcount(one ^ two), 3);
  EXPECT_EQ(read_words("again again and again", lister.list("again again and again"), {}).repeated,
            2U);
}

}  // namespace
}  // namespace gatehouse::guard
