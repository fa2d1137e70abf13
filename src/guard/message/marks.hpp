// The marks of a text as a set: everything in ASCII that is neither letter nor space.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <string_view>

namespace gatehouse::guard {

// A bit for each mark. Digits share one, control characters but line ends another, and so does all
// that is not ASCII. Letters and spaces have none.
inline constexpr auto kMarkBits = [] {
  std::array<std::uint64_t, 256> bits{};
  unsigned next = 5;
  for (unsigned c = 0; c < bits.size(); ++c) {
    const unsigned lower = c | 0x20;
    const bool is_plain = (lower >= 'a' && lower <= 'z') || c == ' ';
    if (is_plain && c < 0x80) continue;
    const bool is_control = c < 0x20 || c == 0x7F;
    const bool is_digit = c >= '0' && c <= '9';
    const unsigned bit = c >= 0x80    ? 0
                         : c == '\n'  ? 1
                         : c == '\r'  ? 2
                         : is_control ? 3
                         : is_digit   ? 4
                                      : next++;
    bits[c] = std::uint64_t{1} << bit;
  }
  return bits;
}();

class MarkSet {
 public:
  constexpr MarkSet() = default;
  constexpr explicit MarkSet(std::string_view marks) {
    for (const char c : marks) add(c);
  }
  constexpr void add(char c) { bits_ |= kMarkBits[static_cast<unsigned char>(c)]; }
  constexpr void add(MarkSet others) { bits_ |= others.bits_; }
  constexpr bool holds(char c) const { return holds_any(MarkSet({&c, 1})); }
  constexpr bool holds_any(MarkSet others) const { return (bits_ & others.bits_) != 0; }
  constexpr MarkSet with(MarkSet others) const {
    others.add(*this);
    return others;
  }
  constexpr bool is_within(MarkSet others) const { return (bits_ & ~others.bits_) == 0; }
  constexpr int count() const { return std::popcount(bits_); }
  constexpr auto operator<=>(const MarkSet&) const = default;

 private:
  std::uint64_t bits_ = 0;
};

inline constexpr MarkSet kBeyondAscii("\x80");
inline constexpr MarkSet kAnyDigit("0");

}  // namespace gatehouse::guard
