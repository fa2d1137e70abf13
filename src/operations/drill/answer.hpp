// What a server sent back, read as HTTP/1.1 as far as it goes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::operations {

struct Answer {
  std::uint16_t status = 0;  // 0: none came, or what came is not HTTP
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool is_whole = false;

  // The first field of that name, case ignored; empty if there is none.
  std::string_view header(std::string_view name) const;
  // All fields of that name, joined by commas.
  std::string joined(std::string_view name) const;
  bool is_success() const { return status >= 200 && status < 300; }
  bool is_html() const;
};

struct Exchange {
  bool is_connected = false;
  bool is_closed = false;  // by the server
  std::uint64_t duration_ms = 0;
  std::vector<Answer> answers;  // interim ones (1xx) left out

  // The first one, or an empty one.
  const Answer& first() const;
};

// Reads as many answers as `bytes` hold. `is_end`: nothing more will come.
std::vector<Answer> read_answers(std::string_view bytes, bool is_reply_to_head, bool is_end);

}  // namespace gatehouse::operations
