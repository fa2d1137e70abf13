// Tables for people to read.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace gatehouse::operations {

// `text` filled up to `width` bytes, with a space behind it in any case.
inline std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size() + 1), ' ');
  return out;
}

}  // namespace gatehouse::operations
