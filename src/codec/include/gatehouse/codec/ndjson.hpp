// Newline-delimited JSON, read as it comes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::codec {

// Cuts a stream of bytes into lines, however it was split. LF and CRLF end a line; blank ones are
// passed over. A line above the limit fails the stream.
class NdjsonParser {
 public:
  explicit NdjsonParser(std::size_t line_limit_bytes = 1024 * 1024)
      : limit_bytes_(line_limit_bytes) {}

  // Takes from `input` until a line is complete: then true, and `line` views memory of this parser
  // or of `input`, valid until the next call. False: all of `input` was taken.
  bool next(std::string_view& input, std::string_view& line);
  // At the end of the stream: what stands behind the last line end, if anything does.
  bool last(std::string_view& line);
  bool has_failed() const { return has_failed_; }

 private:
  std::size_t limit_bytes_;
  std::string begun_;  // a line whose end has not come
  std::string line_;
  bool has_failed_ = false;
};

}  // namespace gatehouse::codec
