// Small steps over UTF-8 that has been checked already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::knowledge {

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

// Turns ascending offsets from one unit into the other in a single pass over the text.
class OffsetCursor {
 public:
  explicit OffsetCursor(std::string_view text) : text_(text) {}
  // Bytes of the code point offset; never before an earlier answer.
  std::size_t byte_of(std::uint64_t code_point) {
    while (code_points_ < code_point && bytes_ < text_.size()) step();
    return bytes_;
  }
  std::uint64_t code_point_of(std::size_t byte) {
    while (bytes_ < byte && bytes_ < text_.size()) step();
    return code_points_;
  }

 private:
  void step() {
    ++bytes_;
    while (bytes_ < text_.size() && is_utf8_tail(text_[bytes_])) ++bytes_;
    ++code_points_;
  }
  std::string_view text_;
  std::size_t bytes_ = 0;
  std::uint64_t code_points_ = 0;
};

}  // namespace gatehouse::knowledge
