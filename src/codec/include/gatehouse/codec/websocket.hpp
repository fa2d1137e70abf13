// WebSocket (RFC 6455) without I/O: the handshake, and frames as a server reads and writes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/codec/http1_head.hpp"
#include "gatehouse/codec/websocket_deflate.hpp"

namespace gatehouse::codec {

// Why a connection ends (RFC 6455 §7.4, and the registry of close codes).
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupported = 1003;
inline constexpr std::uint16_t kNone = 1005;  // the peer gave no code; never sent
inline constexpr std::uint16_t kNotText = 1007;
inline constexpr std::uint16_t kPolicy = 1008;
inline constexpr std::uint16_t kTooBig = 1009;
inline constexpr std::uint16_t kInternal = 1011;
inline constexpr std::uint16_t kTryAgainLater = 1013;
}  // namespace close_code

struct WebSocketHandshake {
  std::string accept;                       // of Sec-WebSocket-Accept
  std::optional<WebSocketDeflate> deflate;  // what of the client's offers is taken; nothing: none
};

// What of Sec-WebSocket-Accept answers a key: base64, 28 characters.
std::string websocket_accept(std::string_view key);
// The fault's status is 400, or 426 where the client speaks no WebSocket, or another version.
std::expected<WebSocketHandshake, HeadFault> read_websocket_handshake(const RequestHead& head,
                                                                      bool may_deflate);

enum class WebSocketOpcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10
};

struct WebSocketLimits {
  std::size_t frame_bytes = 64 * 1024;     // of one frame, as it is sent
  std::size_t message_bytes = 256 * 1024;  // of one message, inflated
};

struct WebSocketEvent {
  enum class Kind : std::uint8_t { kText, kBinary, kPing, kPong, kClose, kFault };
  Kind kind = Kind::kFault;
  std::string_view payload;  // of a close or a fault: why; a fault's is a literal
  std::uint16_t code = 0;    // of a close: the peer's, kNone without; of a fault: what to say
};

// Cuts what a client sends into messages, however it was split, and is strict: a fault comes with
// the first byte that can't belong, also within a character. Holds one message, and nothing between
// two of them but a small buffer. After a close or a fault nothing more comes.
class WebSocketReader {
 public:
  WebSocketReader(WebSocketLimits limits, const std::optional<WebSocketDeflate>& deflate);

  // Takes from `input` until something is complete: then true, and `event` views memory of this
  // reader that is valid until the next call. False: all of `input` was taken, or it has ended.
  bool next(std::string_view& input, WebSocketEvent& event);
  bool has_ended() const { return has_ended_; }
  // Between two messages: nothing of one has come.
  bool is_between_messages() const { return !in_message_ && header_bytes_ == 0 && !in_payload_; }

 private:
  bool take_header(std::string_view& input, WebSocketEvent& event);
  bool begin_frame(WebSocketEvent& event);
  bool begin_control(WebSocketEvent& event);
  bool begin_data(WebSocketEvent& event);
  bool take_payload(std::string_view& input, WebSocketEvent& event);
  bool add_data(std::string_view masked, WebSocketEvent& event);
  bool end_frame(WebSocketEvent& event);
  bool end_message(WebSocketEvent& event);
  bool end_close(WebSocketEvent& event);
  bool check_text(WebSocketEvent& event);
  bool note(MessageInflater::Outcome outcome, WebSocketEvent& event);
  bool fault(WebSocketEvent& event, std::uint16_t code, std::string_view why);
  void unmask(char* bytes, std::size_t count);

  const WebSocketLimits limits_;
  std::optional<MessageInflater> inflater_;
  std::array<char, 14> header_{};
  std::size_t header_bytes_ = 0;
  std::array<char, 4> mask_{};
  std::size_t masked_bytes_ = 0;  // of the frame, unmasked already
  std::uint64_t left_ = 0;        // of the frame's payload
  WebSocketOpcode opcode_ = WebSocketOpcode::kContinuation;
  WebSocketOpcode message_opcode_ = WebSocketOpcode::kText;
  std::array<char, 125> control_{};
  std::size_t control_bytes_ = 0;
  std::string message_;
  std::size_t checked_bytes_ = 0;  // of the message: whole characters
  bool is_final_ = false;
  bool in_payload_ = false;
  bool in_message_ = false;
  bool is_deflated_ = false;
  bool was_given_ = false;  // message_ is the caller's until the next call
  bool has_ended_ = false;
};

// Appends one unmasked, final frame. `is_deflated`: the payload is a MessageDeflater's.
void append_websocket_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload,
                            bool is_deflated = false);
// `reason`: valid UTF-8, cut to the 123 bytes that a close has room for.
void append_websocket_close(std::string& out, std::uint16_t code, std::string_view reason);

}  // namespace gatehouse::codec
