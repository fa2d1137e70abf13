// The marks of a text as a set: everything in ASCII that is neither letter, digit nor space.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gatehouse::guard {

// A bit for each mark; control characters but line ends share one, and so does all that is not
// ASCII. Letters, digits and spaces have none.
inline constexpr auto kMarkBits = [] {
  std::array<std::uint64_t, 256> bits{};
  unsigned next = 4;
  for (unsigned c = 0; c < bits.size(); ++c) {
    const unsigned lower = c | 0x20;
    const bool is_plain = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == ' ';
    if (is_plain && c < 0x80) continue;
    const bool is_control = c < 0x20 || c == 0x7F;
    const unsigned bit = c >= 0x80 ? 0 : c == '\n' ? 1 : c == '\r' ? 2 : is_control ? 3 : next++;
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
  constexpr bool operator==(const MarkSet&) const = default;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace gatehouse::guard
