// Text without locale: ASCII case, UTF-8, hex, base64url.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

constexpr char to_lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool is_digit_ascii(char c) { return c >= '0' && c <= '9'; }
// 0 to 15; -1 for what is no hexadecimal digit.
constexpr int hex_value(char c) {
  if (is_digit_ascii(c)) return c - '0';
  const char lower = to_lower_ascii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower_ascii(std::string_view text);
std::string_view trim(std::string_view text);  // spaces, tabs, CR and LF at both ends
std::vector<std::string_view> split(std::string_view text,
                                    char separator);  // parts trimmed, empty ones dropped

// Decimal without sign, spaces or overflow; nothing else is a number.
std::optional<std::uint64_t> parse_u64(std::string_view text);

// The same the other way. Any whole number.
template <std::integral Number>
void append_number(std::string& out, Number number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

struct Utf8Scan {
  bool is_valid = false;  // well-formed by Unicode §3.9, table 3-7
  bool has_nul = false;
  std::size_t characters = 0;  // code points
  std::size_t bytes = 0;       // of the well-formed text at the beginning
};
Utf8Scan scan_utf8(std::string_view text);
// Whether what scan_utf8() stopped at can still become a character by bytes that are to come.
bool may_become_utf8(std::string_view rest);

// The byte offset of the nth code point; text.size() past the end. `text` must be valid UTF-8.
std::size_t utf8_offset(std::string_view text, std::size_t characters);
void append_utf8(std::string& out, char32_t code_point);

std::string to_hex(std::string_view bytes);
std::string to_base64(std::string_view bytes);     // RFC 4648 §4, padded
std::string to_base64url(std::string_view bytes);  // RFC 4648 §5, no padding
void append_base64url(std::string& out, std::string_view bytes);
// Refuses padding, other alphabets and non-canonical last characters.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace gatehouse
