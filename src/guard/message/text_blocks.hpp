// A text 64 bytes at a time, each class of its bytes as the bits of one number: bit i tells of the
// block's byte i.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gatehouse::guard {

inline constexpr std::size_t kBlockBytes = 64;

struct BlockBits {
  std::uint64_t letters = 0;  // these are ASCII
  std::uint64_t digits = 0;
  std::uint64_t spaces = 0;  // ' ' alone
  std::uint64_t beyond = 0;  // what is not ASCII
};

namespace blocks {

inline constexpr std::size_t kLanes = 16;
using Bytes = std::uint8_t __attribute__((vector_size(kLanes)));
using Truth = bool __attribute__((ext_vector_type(kLanes)));

inline Bytes load(const char* from) {
  Bytes bytes;
  std::memcpy(&bytes, from, kLanes);
  return bytes;
}

template <typename Lanes>
std::uint64_t bits_at(Lanes is_set, std::size_t at) {
  return std::uint64_t{std::bit_cast<std::uint16_t>(__builtin_convertvector(is_set, Truth))} << at;
}

}  // namespace blocks

inline BlockBits bits_of(const char* block) {
  BlockBits out;
  for (std::size_t i = 0; i < kBlockBytes; i += blocks::kLanes) {
    const blocks::Bytes bytes = blocks::load(block + i);
    const blocks::Bytes letters = (bytes | 0x20) - 'a';
    const blocks::Bytes digits = bytes - '0';
    out.letters |= blocks::bits_at(letters < 26, i);
    out.digits |= blocks::bits_at(digits < 10, i);
    out.spaces |= blocks::bits_at(bytes == ' ', i);
    out.beyond |= blocks::bits_at(bytes >= 0x80, i);
  }
  return out;
}

inline std::uint64_t capitals_of(const char* block) {
  std::uint64_t capitals = 0;
  for (std::size_t i = 0; i < kBlockBytes; i += blocks::kLanes) {
    const blocks::Bytes offsets = blocks::load(block + i) - 'A';
    capitals |= blocks::bits_at(offsets < 26, i);
  }
  return capitals;
}

// Which bytes are the same as the one behind them, spaces aside. Reads one byte more.
inline std::uint64_t repeats_of(const char* block) {
  std::uint64_t repeats = 0;
  for (std::size_t i = 0; i < kBlockBytes; i += blocks::kLanes) {
    const blocks::Bytes bytes = blocks::load(block + i);
    const blocks::Bytes next = blocks::load(block + i + 1);
    repeats |= blocks::bits_at((bytes == next) & (bytes != ' '), i);
  }
  return repeats;
}

// Calls take(block, at, is_text) for each block of `text`, which is there from `at` on: 64 bytes
// and one more can be read. `is_text` has the bits of what belongs to the text; behind it is NUL.
template <typename Take>
void for_each_block(std::string_view text, Take take) {
  std::size_t at = 0;
  for (; at + kBlockBytes < text.size(); at += kBlockBytes)
    take(text.data() + at, at, ~std::uint64_t{0});
  const std::size_t left = text.size() - at;
  if (left == 0) return;
  std::array<char, kBlockBytes + 1> rest{};
  std::memcpy(rest.data(), text.data() + at, left);
  take(rest.data(), at, ~std::uint64_t{0} >> (kBlockBytes - left));
}

// The lowest bit's place, which is taken away; 64 if there is none.
inline std::size_t take_lowest(std::uint64_t& bits) {
  const auto lowest = static_cast<std::size_t>(std::countr_zero(bits));
  bits &= bits - 1;
  return lowest;
}

}  // namespace gatehouse::guard
