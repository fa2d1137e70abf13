#include "words.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"

namespace gatehouse::guard {
namespace {

static_assert(std::endian::native == std::endian::little, "hashes are stored in weights.toml");

constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;
constexpr std::size_t kBlock = 64;
constexpr std::size_t kLanes = 16;
using Bytes = std::uint8_t __attribute__((vector_size(kLanes)));
using Bits = bool __attribute__((ext_vector_type(kLanes)));

// Up to eight bytes; where the text goes on behind them they are read at once.
std::uint64_t load(std::string_view text, std::size_t at, std::size_t bytes) {
  std::uint64_t chunk = 0;
  if (at + sizeof chunk > text.size()) [[unlikely]] {
    std::memcpy(&chunk, text.data() + at, bytes);
    return chunk;
  }
  std::memcpy(&chunk, text.data() + at, sizeof chunk);
  return bytes == sizeof chunk ? chunk : chunk & ((std::uint64_t{1} << (8 * bytes)) - 1);
}

Word word_at(std::string_view text, std::size_t start, std::size_t end) {
  const std::size_t first_bytes = std::min(end - start, sizeof(std::uint64_t));
  const std::uint64_t first = load(text, start, first_bytes);
  std::uint64_t hash = (kNoWord ^ first) * kFactor;
  for (std::size_t at = start + first_bytes; at < end; at += sizeof(std::uint64_t))
    hash = (std::rotl(hash, 23) ^ load(text, at, std::min(end - at, sizeof hash))) * kFactor;
  return {.hash = mix(hash + (end - start)),
          .start = static_cast<std::uint32_t>(start),
          .end = static_cast<std::uint32_t>(end),
          .opening = end - start < kOpeningBytes ? 0 : static_cast<std::uint32_t>(first)};
}

// Which of 64 bytes belong to words, and whether one is beyond ASCII.
struct BlockMask {
  std::uint64_t words = 0;
  bool is_ascii = true;
};

BlockMask mask_of(const char* block) {
  BlockMask out;
  for (std::size_t i = 0; i < kBlock; i += kLanes) {
    Bytes bytes;
    std::memcpy(&bytes, block + i, kLanes);
    const Bytes letters = (bytes | 0x20) - 'a';
    const Bytes digits = bytes - '0';
    const auto is_high = __builtin_convertvector(bytes >= 0x80, Bits);
    const auto is_word =
        __builtin_convertvector((letters < 26) | (digits < 10) | (bytes >= 0x80), Bits);
    out.words |= std::uint64_t{std::bit_cast<std::uint16_t>(is_word)} << i;
    out.is_ascii &= std::bit_cast<std::uint16_t>(is_high) == 0;
  }
  return out;
}

// Which of 64 bytes are the same as the one behind them.
std::uint64_t same_mask(const char* block) {
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < kBlock; i += kLanes) {
    Bytes bytes;
    Bytes next;
    std::memcpy(&bytes, block + i, kLanes);
    std::memcpy(&next, block + i + 1, kLanes);
    const auto is_same = __builtin_convertvector((bytes == next) & (bytes != ' '), Bits);
    mask |= std::uint64_t{std::bit_cast<std::uint16_t>(is_same)} << i;
  }
  return mask;
}

bool stands_alone(char c) { return static_cast<unsigned char>(c) >= 0xE3; }

// A run of word bytes that may hold characters which are words by themselves.
void add_run(std::string_view text, std::size_t start, std::size_t end, std::vector<Word>& words) {
  while (start < end) {
    std::size_t at = start + 1;
    if (stands_alone(text[start])) {
      while (at < end && is_utf8_tail(text[at])) ++at;
    } else {
      while (at < end && !stands_alone(text[at])) ++at;
    }
    words.push_back(word_at(text, start, at));
    start = at;
  }
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool list_words(std::string_view text, std::vector<Word>& words) {
  words.clear();
  bool is_ascii = true;
  std::uint64_t is_inside = 0;  // whether the byte before was a word's: bit 0
  std::size_t start = 0;
  const auto end_run = [&](std::size_t end) {
    if (is_ascii) {
      words.push_back(word_at(text, start, end));
    } else {
      add_run(text, start, end, words);
    }
  };
  for (std::size_t at = 0; at < text.size(); at += kBlock) {
    std::array<char, kBlock> rest{};
    const char* block = text.data() + at;
    if (text.size() - at < kBlock) {
      std::memcpy(rest.data(), block, text.size() - at);
      block = rest.data();
    }
    const BlockMask mask = mask_of(block);
    is_ascii &= mask.is_ascii;
    // A bit for each byte at which a word begins or has ended.
    std::uint64_t edges = mask.words ^ ((mask.words << 1) | is_inside);
    for (; edges != 0; edges &= edges - 1) {
      const std::size_t edge = at + static_cast<std::size_t>(std::countr_zero(edges));
      if (is_inside == 0) {
        start = edge;
      } else {
        end_run(edge);
      }
      is_inside ^= 1;
    }
  }
  if (is_inside != 0) end_run(text.size());
  return is_ascii;
}

std::uint32_t longest_same_run(std::string_view text) {
  std::uint32_t longest = text.empty() ? 0 : 1;
  std::uint32_t run = 1;
  const auto step = [&](bool is_same) {
    run = is_same ? run + 1 : 1;
    longest = std::max(longest, run);
  };
  std::size_t at = 0;
  for (; at + kBlock < text.size(); at += kBlock) {
    std::uint64_t mask = same_mask(text.data() + at);
    if (mask == 0) {
      run = 1;
      continue;
    }
    std::size_t behind = 0;
    for (; mask != 0; mask &= mask + 1) {
      // One run of ones after the other: the lowest, and what follows it.
      const auto first = static_cast<std::size_t>(std::countr_zero(mask));
      const auto count = static_cast<std::size_t>(std::countr_one(mask >> first));
      run = (first == behind ? run : 1) + static_cast<std::uint32_t>(count);
      longest = std::max(longest, run);
      behind = first + count;
      mask |= (std::uint64_t{1} << first) - 1;
    }
    if (behind < kBlock) run = 1;
  }
  for (; at + 1 < text.size(); ++at) step(text[at] == text[at + 1] && text[at] != ' ');
  return longest;
}

}  // namespace gatehouse::guard
