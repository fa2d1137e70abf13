#include "word_pass.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::uint64_t kStart = 0xCBF29CE484222325;
constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;

std::uint64_t mix(std::uint64_t hash) {
  hash ^= hash >> 32;
  hash *= kFactor;
  return hash ^ (hash >> 29);
}

// The bits of a byte, a lane each.
constexpr auto kLanes = [] {
  std::array<std::uint64_t, 256> table{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit)
      table[byte] |= static_cast<std::uint64_t>((byte >> bit) & 1U) << (8 * bit);
  }
  return table;
}();

// Counts for each of 64 bits how often it was set: bytes first, which are emptied before they run
// over.
class BitCounts {
 public:
  void add(std::uint64_t hash) {
    for (std::size_t i = 0; i < 8; ++i) lanes_[i] += kLanes[(hash >> (8 * i)) & 0xFF];
    if (++pending_ == 255) empty();
  }
  // The bits that were set in more than half of what was added.
  std::uint64_t majority() {
    empty();
    std::uint64_t bits = 0;
    for (std::size_t bit = 0; bit < 64; ++bit)
      bits |= static_cast<std::uint64_t>(totals_[bit] * 2 > added_) << bit;
    return bits;
  }

 private:
  void empty() {
    for (std::size_t bit = 0; bit < 64; ++bit)
      totals_[bit] += static_cast<std::uint32_t>((lanes_[bit / 8] >> (8 * (bit % 8))) & 0xFF);
    lanes_.fill(0);
    added_ += pending_;
    pending_ = 0;
  }

  std::array<std::uint64_t, 8> lanes_{};
  std::array<std::uint32_t, 64> totals_{};
  std::uint32_t pending_ = 0;
  std::uint32_t added_ = 0;
};

bool is_word_byte(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || is_digit_ascii(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

// From U+3000 on each character counts as a word: kana, Han, Hangul, and emoji.
bool stands_alone(char c) { return static_cast<unsigned char>(c) >= 0xE3; }

// Calls `take` with the hash of each word.
template <typename Take>
void for_each_word(std::string_view text, Take take) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word_byte(text[at])) {
      ++at;
      continue;
    }
    std::uint64_t hash = kStart;
    const bool is_alone = stands_alone(text[at]);
    do {
      hash = (hash ^ static_cast<unsigned char>(text[at++])) * kFactor;
    } while (at < text.size() && (is_alone ? is_utf8_tail(text[at])
                                           : is_word_byte(text[at]) && !stands_alone(text[at])));
    take(mix(hash));
  }
}

std::uint64_t pair_of(std::uint64_t first, std::uint64_t second) { return mix(first * 3 + second); }

}  // namespace

WordPass read_words(std::string_view folded, std::span<const float> model) {
  WordPass pass;
  BitCounts bits;
  std::array<std::uint64_t, 16> seen{};  // 1024 bits by hash
  std::uint64_t before = kStart;
  const std::size_t mask = model.size() - 1;
  for_each_word(folded, [&](std::uint64_t word) {
    ++pass.words;
    auto& slot = seen[(word >> 6) & 15];
    const std::uint64_t bit = std::uint64_t{1} << (word & 63);
    pass.repeated += (slot & bit) != 0 ? 1 : 0;
    slot |= bit;
    const std::uint64_t pair = pair_of(before, word);
    if (!model.empty()) pass.model_sum += model[word & mask] + model[pair & mask];
    bits.add(pair);
    before = word;
  });
  pass.similarity = bits.majority();
  std::uint32_t run = 1;
  for (std::size_t i = 1; i < folded.size(); ++i) {
    run = folded[i] == folded[i - 1] && folded[i] != ' ' ? run + 1 : 1;
    pass.longest_same_run = std::max(pass.longest_same_run, run);
  }
  return pass;
}

std::vector<std::uint32_t> word_places(std::string_view folded, std::size_t size) {
  std::vector<std::uint32_t> places;
  std::uint64_t before = kStart;
  for_each_word(folded, [&](std::uint64_t word) {
    places.push_back(static_cast<std::uint32_t>(word & (size - 1)));
    places.push_back(static_cast<std::uint32_t>(pair_of(before, word) & (size - 1)));
    before = word;
  });
  return places;
}

}  // namespace gatehouse::guard
