// Small steps over UTF-8 that has been checked already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse {

inline bool is_utf8_tail(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The code point at `at`, which moves behind it. `text` must be valid UTF-8 and `at` a boundary
// inside it.
inline char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  char32_t code = lead >= 0xF0 ? lead & 0x07U : lead >= 0xE0 ? lead & 0x0FU : lead & 0x1FU;
  while (at < text.size() && is_utf8_tail(text[at])) {
    code = (code << 6) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return code;
}

inline std::uint64_t count_code_points(std::string_view text) {
  std::uint64_t count = 0;
  for (const char c : text) count += is_utf8_tail(c) ? 0 : 1;
  return count;
}

// The longest beginning of `text` that is no longer than `bytes` and cuts no character.
inline std::string_view whole_characters(std::string_view text, std::size_t bytes) {
  if (bytes >= text.size()) return text;
  while (bytes > 0 && is_utf8_tail(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

}  // namespace gatehouse
