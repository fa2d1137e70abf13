#include "gatehouse/base/id.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "gatehouse/base/text.hpp"

namespace gatehouse {

namespace {

using Bytes = std::array<unsigned char, 16>;

std::string format(Bytes bytes, unsigned char version) {
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 0x0F];
  }
  return out;
}

}  // namespace

std::string make_uuid_v7(WallTime now, Random& random) {
  Bytes bytes;
  random.fill(std::as_writable_bytes(std::span(bytes)));
  const auto ms = static_cast<std::uint64_t>(unix_ms(now));
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(ms >> (40 - 8 * i));
  return format(bytes, 7);
}

std::string make_uuid_v8(std::string_view sixteen_bytes) {
  Bytes bytes{};
  std::copy_n(sixteen_bytes.begin(), std::min(sixteen_bytes.size(), bytes.size()), bytes.begin());
  return format(bytes, 8);
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
