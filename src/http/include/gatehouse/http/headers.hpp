// Response header fields, in the order they were added.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::http {

// Kept flat as "name: value\r\n" lines, which is what HTTP/1.1 sends; for_each() gives the pairs
// that HTTP/2 needs. Names are literals of ours; line breaks and NUL in values become spaces, so no
// value can make a field of its own.
class Headers {
 public:
  void add(std::string_view name, std::string_view value);
  void add(std::string_view name, std::uint64_t value);
  // Lines prepared once: each "name: value\r\n".
  void add_lines(std::string_view lines) { lines_ += lines; }
  std::string_view lines() const { return lines_; }
  bool is_empty() const { return lines_.empty(); }
  // The value of the first field with that name, case ignored; empty if there is none.
  std::string_view get(std::string_view name) const;

  template <typename Function>
  void for_each(Function function) const {
    for (std::string_view rest = lines_; !rest.empty();) {
      const auto end = rest.find("\r\n");
      const auto line = rest.substr(0, end);
      const auto colon = line.find(": ");
      function(line.substr(0, colon), line.substr(colon + 2));
      rest.remove_prefix(end + 2);
    }
  }

 private:
  std::string lines_;
};

}  // namespace gatehouse::http
