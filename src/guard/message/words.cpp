#include "words.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "gatehouse/base/utf8.hpp"
#include "text_blocks.hpp"

namespace gatehouse::guard {
namespace {

static_assert(std::endian::native == std::endian::little, "hashes are stored in weights.toml");

constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;
constexpr std::size_t kLeastRoom = 64;

constexpr std::size_t kStep = sizeof(std::uint64_t);

std::uint64_t load(const char* from) {
  std::uint64_t chunk = 0;
  std::memcpy(&chunk, from, kStep);
  return chunk;
}

// Up to eight bytes, where the text has no eight from there on.
[[gnu::noinline]] std::uint64_t load_last(const char* from, std::size_t bytes) {
  std::uint64_t chunk = 0;
  for (std::size_t i = bytes; i-- > 0;) chunk = chunk << 8 | static_cast<unsigned char>(from[i]);
  return chunk;
}

std::uint64_t load(std::string_view text, std::size_t at, std::size_t bytes) {
  if (at + kStep > text.size()) [[unlikely]]
    return load_last(text.data() + at, bytes);
  return load(text.data() + at) & (~std::uint64_t{0} >> (8 * (kStep - bytes)));
}

std::uint64_t hash_on(std::uint64_t hash, std::string_view text, std::size_t at, std::size_t end) {
  for (; at < end; at += kStep)
    hash = (std::rotl(hash, 23) ^ load(text, at, std::min(end - at, kStep))) * kFactor;
  return hash;
}

inline Word word_at(std::string_view text, std::size_t start, std::size_t end,
                    std::uint64_t before) {
  const std::size_t bytes = end - start;
  const std::uint64_t first = load(text, start, std::min(bytes, kStep));
  std::uint64_t hash = (kNoWord ^ first) * kFactor;
  if (bytes > kStep) [[unlikely]]
    hash = hash_on(hash, text, start + kStep, end);
  hash = mix(hash + bytes);
  return {.hash = hash,
          .pair = pair_of(before, hash),
          .start = static_cast<std::uint32_t>(start),
          .end = static_cast<std::uint32_t>(end),
          .opening = bytes < kOpeningBytes ? 0 : static_cast<std::uint32_t>(first)};
}

bool stands_alone(char c) { return static_cast<unsigned char>(c) >= 0xE3; }

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::span<const Word> WordLister::list(std::string_view text) {
  count_ = 0;
  marks_ = {};
  std::uint64_t is_inside = 0;  // whether the byte before was a word's: bit 0
  std::size_t start = 0;
  for_each_block(text, [&](const char* block, std::size_t at, std::uint64_t is_text) {
    const BlockBits bits = bits_of(block);
    const std::uint64_t is_word = bits.letters | bits.digits | bits.beyond;
    if (bits.beyond != 0) marks_.add(kBeyondAscii);
    if (bits.digits != 0) marks_.add(kAnyDigit);
    for (auto marks = is_text & ~(is_word | bits.spaces); marks != 0;)
      marks_.add(block[take_lowest(marks)]);
    const std::uint64_t behind = is_word << 1 | is_inside;
    std::uint64_t starts = is_word & ~behind;
    std::uint64_t ends = behind & ~is_word;
    if (is_inside == 0) start = at + take_lowest(starts);
    is_inside = is_word >> (kBlockBytes - 1);
    if (is_ascii()) {
      start = add_runs(text, at, {starts, ends, start});
      return;
    }
    while (ends != 0) {
      add_characters(text, start, at + take_lowest(ends));
      start = at + take_lowest(starts);
    }
  });
  if (is_inside != 0) add_characters(text, start, text.size());
  return words();
}

// All of a block that are ASCII; where the one begins that goes on in the next.
std::size_t WordLister::add_runs(std::string_view text, std::size_t at, Edges edges) {
  make_room(kBlockBytes / 2);
  Word* const first = words_.data();
  Word* word = first + count_;
  std::uint64_t before = count_ == 0 ? kNoWord : word[-1].hash;
  while (edges.ends != 0) {
    *word = word_at(text, edges.start, at + take_lowest(edges.ends), before);
    before = word++->hash;
    edges.start = at + take_lowest(edges.starts);
  }
  count_ = static_cast<std::size_t>(word - first);
  return edges.start;
}

// A run of word bytes may hold characters which are words by themselves.
void WordLister::add_characters(std::string_view text, std::size_t start, std::size_t end) {
  while (start < end) {
    std::size_t at = start + 1;
    if (stands_alone(text[start])) {
      while (at < end && is_utf8_tail(text[at])) ++at;
    } else {
      while (at < end && !stands_alone(text[at])) ++at;
    }
    make_room(1);
    words_[count_] = word_at(text, start, at, count_ == 0 ? kNoWord : words_[count_ - 1].hash);
    ++count_;
    start = at;
  }
}

void WordLister::make_room(std::size_t words) {
  if (words_.size() - count_ < words) [[unlikely]]
    words_.resize(std::max(kLeastRoom, 2 * words_.size()));
}

std::uint32_t longest_same_run(std::string_view text) {
  std::uint32_t longest = text.empty() ? 0 : 1;
  std::uint32_t run = 1;
  for_each_block(text, [&](const char* block, std::size_t, std::uint64_t is_text) {
    std::uint64_t repeats = repeats_of(block) & is_text;
    if (run == 1 && (repeats & repeats << 1) == 0) [[likely]] {
      // Nothing stands there three times.
      if (repeats != 0) longest = std::max(longest, 2U);
      run = repeats >> (kBlockBytes - 1) != 0 ? 2 : 1;
      return;
    }
    // One run of ones after the other: the lowest, and what follows it.
    std::size_t behind = 0;
    for (; repeats != 0; repeats &= repeats + 1) {
      const auto first = static_cast<std::size_t>(std::countr_zero(repeats));
      const auto ones = static_cast<std::size_t>(std::countr_one(repeats >> first));
      run = (first == behind ? run : 1) + static_cast<std::uint32_t>(ones);
      longest = std::max(longest, run);
      behind = first + ones;
      repeats |= (std::uint64_t{1} << first) - 1;
    }
    if (behind < kBlockBytes) run = 1;
  });
  return longest;
}

}  // namespace gatehouse::guard
