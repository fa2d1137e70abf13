#include "word_pass.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "words.hpp"

namespace gatehouse::guard {
namespace {

// Counts for each of 64 bits how often it was set, all at once: digit i of all counts stands in
// digits_[i].
class BitCounts {
 public:
  static constexpr std::size_t kTogether = 8;

  // Eight numbers are added up among themselves first: as many carries go through the digits as
  // one number alone would send.
  void add(const std::array<std::uint64_t, kTogether>& numbers) {
    const Sum low = sum_of(numbers[0], numbers[1], numbers[2]);
    const Sum middle = sum_of(numbers[3], numbers[4], numbers[5]);
    const Sum ones = sum_of(low.digit, middle.digit, numbers[6]);
    const Sum units = sum_of(ones.digit, numbers[7], digits_[0]);
    const Sum twos = sum_of(low.carry, middle.carry, ones.carry);
    const Sum pairs = sum_of(twos.digit, units.carry, digits_[1]);
    const Sum fours = sum_of(twos.carry, pairs.carry, digits_[2]);
    digits_[0] = units.digit;
    digits_[1] = pairs.digit;
    digits_[2] = fours.digit;
    std::uint64_t carry = fours.carry;
    for (std::size_t i = 3; carry != 0 && i < digits_.size(); ++i) {
      const std::uint64_t next = digits_[i] & carry;
      digits_[i] ^= carry;
      carry = next;
    }
  }
  // The bits that were set in more than half of `added` numbers.
  std::uint64_t majority(std::uint32_t added) const {
    std::uint64_t is_more = 0;
    std::uint64_t is_same = ~std::uint64_t{0};
    for (auto i = static_cast<std::size_t>(std::bit_width(added)); i-- > 0;) {
      const std::uint64_t half = (((added / 2) >> i) & 1) != 0 ? ~std::uint64_t{0} : 0;
      is_more |= is_same & digits_[i] & ~half;
      is_same &= ~(digits_[i] ^ half);
    }
    return is_more;
  }

 private:
  struct Sum {
    std::uint64_t digit = 0;
    std::uint64_t carry = 0;
  };
  static Sum sum_of(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    const std::uint64_t either = a ^ b;
    return {.digit = either ^ c, .carry = (a & b) | (either & c)};
  }

  std::array<std::uint64_t, 32> digits_{};
};

}  // namespace

WordPass read_words(std::string_view folded, std::span<const Word> words, const WordModel& model) {
  WordPass pass;
  BitCounts bits;
  std::array<std::uint64_t, BitCounts::kTogether> pairs{};
  std::array<std::uint64_t, 16> seen{};  // 1024 bits by hash
  constexpr std::array<std::int8_t, 1> kNoSteps{};
  const bool has_model = !model.steps.empty();
  const std::int8_t* const steps = has_model ? model.steps.data() : kNoSteps.data();
  const std::size_t mask = has_model ? model.steps.size() - 1 : 0;
  std::int32_t sum = 0;
  const auto read = [&](const Word& word) {
    auto& slot = seen[(word.hash >> 6) & 15];
    pass.repeated += (slot >> (word.hash & 63)) & 1;
    slot |= std::uint64_t{1} << (word.hash & 63);
    sum += steps[word.hash & mask] + steps[word.pair & mask];
    return word.pair;
  };
  for (; words.size() >= pairs.size(); words = words.subspan(pairs.size())) {
    const Word* const next = words.data();
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = read(next[i]);
    bits.add(pairs);
    pass.words += static_cast<std::uint32_t>(pairs.size());
  }
  pairs.fill(0);
  std::ranges::transform(words, pairs.begin(), read);
  bits.add(pairs);
  pass.words += static_cast<std::uint32_t>(words.size());
  pass.model_sum = static_cast<float>(sum) * model.scale;
  pass.similarity = bits.majority(pass.words);
  pass.longest_same_run = longest_same_run(folded);
  return pass;
}

std::vector<std::uint32_t> word_places(std::string_view folded, std::size_t size) {
  WordLister lister;
  std::vector<std::uint32_t> places;
  for (const auto& word : lister.list(folded)) {
    places.push_back(static_cast<std::uint32_t>(word.hash & (size - 1)));
    places.push_back(static_cast<std::uint32_t>(word.pair & (size - 1)));
  }
  return places;
}

}  // namespace gatehouse::guard
