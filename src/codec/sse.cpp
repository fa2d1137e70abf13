#include "gatehouse/codec/sse.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::codec {
namespace {

// The first CR or LF. Looked for in pieces, so that a text with one kind of line end only is not
// searched to its end for the other, line after line.
std::size_t find_line_end(std::string_view text) {
  constexpr std::size_t kPieceBytes = 512;
  for (std::size_t at = 0; at < text.size(); at += kPieceBytes) {
    const auto piece = text.substr(at, kPieceBytes);
    const auto line_feed = piece.find('\n');
    const auto end = std::min(line_feed, piece.substr(0, line_feed).find('\r'));
    if (end != std::string_view::npos) return at + end;
  }
  return std::string_view::npos;
}

}  // namespace

bool SseParser::take_line(std::string_view& input) {
  if (after_return_) {
    after_return_ = false;
    if (input.starts_with('\n')) input.remove_prefix(1);
  }
  const auto end = find_line_end(input);
  const auto part = input.substr(0, end);
  if (line_.size() + data_.size() + part.size() > limit_bytes_) {
    has_failed_ = true;
    return false;
  }
  line_ += part;
  if (end == std::string_view::npos) {
    input = {};
    return false;
  }
  after_return_ = input[end] == '\r';
  input.remove_prefix(end + 1);
  return true;
}

void SseParser::field(std::string_view line) {
  const auto colon = std::min(line.find(':'), line.size());
  const auto name = line.substr(0, colon);
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    event_ = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
}

bool SseParser::end_line(SseEvent& event) {
  std::string_view line = line_;
  if (std::exchange(is_first_line_, false) && line.starts_with("\xEF\xBB\xBF"))
    line.remove_prefix(3);
  if (!line.empty()) {
    if (!line.starts_with(':')) field(line);
    line_.clear();
    return false;
  }
  line_.clear();
  if (!has_data_) {
    event_.clear();
    return false;
  }
  event = {.event = event_, .data = data_, .id = id_};
  was_dispatched_ = true;
  return true;
}

bool SseParser::next(std::string_view& input, SseEvent& event) {
  if (std::exchange(was_dispatched_, false)) {
    data_.clear();
    event_.clear();
    has_data_ = false;
  }
  while (!input.empty() && !has_failed_) {
    if (!take_line(input)) return false;
    if (end_line(event)) return true;
  }
  return false;
}

void append_sse_event(std::string& out, std::string_view id, std::string_view event,
                      std::string_view data) {
  if (!id.empty()) out.append("id: ").append(id) += '\n';
  if (!event.empty()) out.append("event: ").append(event) += '\n';
  while (true) {
    const auto end = find_line_end(data);
    out.append("data: ").append(data.substr(0, end)) += '\n';
    if (end == std::string_view::npos) break;
    const bool is_pair = data.substr(end, 2) == "\r\n";
    data.remove_prefix(end + (is_pair ? 2 : 1));
  }
  out += '\n';
}

}  // namespace gatehouse::codec
