#include "gatehouse/codec/ndjson.hpp"

#include <utility>

#include "gatehouse/base/text.hpp"

namespace gatehouse::codec {

bool NdjsonParser::next(std::string_view& input, std::string_view& line) {
  while (!input.empty() && !has_failed_) {
    const auto end = input.find('\n');
    const auto part = input.substr(0, end);
    if (begun_.size() + part.size() > limit_bytes_) {
      has_failed_ = true;
      return false;
    }
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    if (end == std::string_view::npos) {
      begun_ += part;
      return false;
    }
    if (begun_.empty()) {
      line = trim(part);
    } else {
      line_ = std::exchange(begun_, {});
      line_ += part;
      line = trim(line_);
    }
    if (!line.empty()) return true;
  }
  return false;
}

bool NdjsonParser::last(std::string_view& line) {
  line_ = std::exchange(begun_, {});
  line = trim(line_);
  return !has_failed_ && !line.empty();
}

}  // namespace gatehouse::codec
