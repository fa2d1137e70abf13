#include "gatehouse/base/id.hpp"

#include <array>

#include "gatehouse/base/text.hpp"

namespace gatehouse {

std::string make_uuid_v7(WallTime now, Random& random) {
  std::array<std::byte, 16> bytes;
  random.fill(bytes);
  const auto ms = static_cast<std::uint64_t>(unix_ms(now));
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::byte>(ms >> (40 - 8 * i));
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x70};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kDigits[std::to_integer<std::size_t>(bytes[i] >> 4)];
    out += kDigits[std::to_integer<std::size_t>(bytes[i] & std::byte{0x0f})];
  }
  return out;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? c != '-' : !(is_digit_ascii(c) || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace gatehouse
