// permessage-deflate (RFC 7692), the server's side: what is agreed on, and messages both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::codec {

struct WebSocketDeflate {
  std::uint8_t server_window_bits = 12;  // 9 to 12: what is sent is small
  std::uint8_t client_window_bits = 15;  // 8 to 15
  bool server_keeps_context = true;
  bool client_keeps_context = true;
  std::string answer;  // the value of Sec-WebSocket-Extensions that agrees
};

// Takes the first offer that can be kept, of all that `offers` lists; nothing: none can.
std::optional<WebSocketDeflate> agree_on_deflate(std::string_view offers);

// Inflates messages piece by piece and never beyond a limit. Takes up to 45 KB from the first
// compressed message on (a window of 32 KB; less where the client agreed to a smaller one).
class MessageInflater {
 public:
  enum class Outcome : std::uint8_t { kDone, kTooLarge, kMalformed };

  explicit MessageInflater(const WebSocketDeflate& terms);
  MessageInflater(MessageInflater&&) noexcept;
  ~MessageInflater();

  // Appends to `out`, which holds at most `limit_bytes` of one message afterwards.
  Outcome add(std::string_view piece, std::string& out, std::size_t limit_bytes);
  Outcome end_message(std::string& out, std::size_t limit_bytes);

 private:
  struct Stream;
  Outcome pass_final_block();

  const int window_bits_;
  const bool keeps_context_;
  std::unique_ptr<Stream> stream_;
  unsigned final_blocks_ = 0;  // of this message
};

// Deflates whole messages. Takes 40 KB from the first one on.
class MessageDeflater {
 public:
  explicit MessageDeflater(const WebSocketDeflate& terms);
  MessageDeflater(MessageDeflater&&) noexcept;
  ~MessageDeflater();

  // Appends what stands in the frame. False, and nothing is appended: there was no memory; the
  // message is sent as it is.
  bool deflate(std::string_view message, std::string& out);

 private:
  struct Stream;
  const int window_bits_;
  const bool keeps_context_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace gatehouse::codec
