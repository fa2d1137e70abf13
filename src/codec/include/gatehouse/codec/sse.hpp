// Server-sent events (WHATWG HTML §9.2), both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::codec {

struct SseEvent {
  std::string_view event;  // empty: "message"
  std::string_view data;   // lines joined with LF
  std::string_view id;     // the last id seen, also from events before
};

// Cuts a stream of bytes into events, however it was split. LF, CR and CRLF end lines; comments and
// unknown fields are passed over; a byte order mark at the start too. An event above the limit
// fails the stream.
class SseParser {
 public:
  explicit SseParser(std::size_t event_limit_bytes = 1024 * 1024)
      : limit_bytes_(event_limit_bytes) {}

  // Takes from `input` until an event is complete: then true, and `event` views memory of this
  // parser that is valid until the next call. False: all of `input` was taken.
  bool next(std::string_view& input, SseEvent& event);
  bool has_failed() const { return has_failed_; }

 private:
  bool end_line(SseEvent& event);
  void field(std::string_view line);
  bool take_line(std::string_view& input);

  std::size_t limit_bytes_;
  std::string line_;
  std::string data_;
  std::string event_;
  std::string id_;
  bool has_data_ = false;
  bool was_dispatched_ = false;
  bool after_return_ = false;
  bool is_first_line_ = true;
  bool has_failed_ = false;
};

// The head lines of every event stream: nothing on the way may keep, change or hold it back.
inline constexpr std::string_view kSseHeaderLines =
    "Content-Type: text/event-stream; charset=utf-8\r\n"
    "Cache-Control: no-cache, no-transform\r\n"
    "X-Accel-Buffering: no\r\n";

// Appends one event. `data` may have line breaks; `event` and `id` must not.
void append_sse_event(std::string& out, std::string_view id, std::string_view event,
                      std::string_view data);

}  // namespace gatehouse::codec
