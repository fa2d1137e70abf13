#include "word_pass.hpp"

#include <algorithm>
#include <array>

#include "words.hpp"

namespace gatehouse::guard {
namespace {

// Counts for each of 64 bits how often it was set, all at once: digit i of all counts stands in
// digits_[i].
class BitCounts {
 public:
  void add(std::uint64_t bits) {
    ++added_;
    std::size_t i = 0;
    const auto add_to_digit = [&] {
      const std::uint64_t carry = digits_[i] & bits;
      digits_[i++] ^= bits;
      bits = carry;
    };
    // The lower digits without a branch, since nobody can guess how far it carries.
    while (i < kLowDigits) add_to_digit();
    while (bits != 0 && i < digits_.size()) add_to_digit();
  }
  // The bits that were set in more than half of what was added.
  std::uint64_t majority() const {
    std::uint64_t is_more = 0;
    std::uint64_t is_same = ~std::uint64_t{0};
    for (std::size_t i = digits_.size(); i-- > 0;) {
      const std::uint64_t half = (((added_ / 2) >> i) & 1) != 0 ? ~std::uint64_t{0} : 0;
      is_more |= is_same & digits_[i] & ~half;
      is_same &= ~(digits_[i] ^ half);
    }
    return is_more;
  }

 private:
  static constexpr std::size_t kLowDigits = 7;
  std::array<std::uint64_t, 32> digits_{};
  std::uint32_t added_ = 0;
};

}  // namespace

WordPass read_words(std::string_view folded, std::span<const Word> words, const WordModel& model) {
  WordPass pass;
  BitCounts bits;
  std::array<std::uint64_t, 16> seen{};  // 1024 bits by hash
  std::uint64_t before = kNoWord;
  std::int32_t sum = 0;
  const std::size_t mask = model.steps.size() - 1;
  pass.words = static_cast<std::uint32_t>(words.size());
  for (const auto& word : words) {
    auto& slot = seen[(word.hash >> 6) & 15];
    const std::uint64_t bit = std::uint64_t{1} << (word.hash & 63);
    pass.repeated += (slot & bit) != 0 ? 1 : 0;
    slot |= bit;
    const std::uint64_t pair = pair_of(before, word.hash);
    if (!model.steps.empty()) sum += model.steps[word.hash & mask] + model.steps[pair & mask];
    bits.add(pair);
    before = word.hash;
  }
  pass.model_sum = static_cast<float>(sum) * model.scale;
  pass.similarity = bits.majority();
  pass.longest_same_run = longest_same_run(folded);
  return pass;
}

std::vector<std::uint32_t> word_places(std::string_view folded, std::size_t size) {
  std::vector<Word> words;
  list_words(folded, words);
  std::vector<std::uint32_t> places;
  std::uint64_t before = kNoWord;
  for (const auto& word : words) {
    places.push_back(static_cast<std::uint32_t>(word.hash & (size - 1)));
    places.push_back(static_cast<std::uint32_t>(pair_of(before, word.hash) & (size - 1)));
    before = word.hash;
  }
  return places;
}

}  // namespace gatehouse::guard
