// Offsets in UTF-8 that has been checked already: bytes and code points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gatehouse/base/utf8.hpp"

namespace gatehouse::knowledge {

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
