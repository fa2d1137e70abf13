#include "gatehouse/codec/websocket.hpp"

#include <algorithm>
#include <cstring>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"

namespace gatehouse::codec {
namespace {

constexpr std::size_t kMostControlBytes = 125;
constexpr std::size_t kKeptBytes = 4096;  // of a message's buffer, between messages
constexpr std::size_t kPieceBytes = 4096;
constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kDeflated = 0x40;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;

bool is_control(WebSocketOpcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

bool is_known(WebSocketOpcode opcode) {
  const auto value = static_cast<std::uint8_t>(opcode);
  return value <= 2 || (value >= 8 && value <= 10);
}

// What a peer may say (RFC 6455 §7.4.2; 1012 to 1014 were registered later).
bool may_be_said(std::uint16_t code) {
  const bool is_of_protocol = (code >= 1000 && code <= 1014) && (code < 1004 || code > 1006);
  return is_of_protocol || (code >= 3000 && code <= 4999);
}

std::size_t header_size(std::uint8_t second) {
  const std::uint8_t length = second & ~kMasked;
  const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  return 2 + more + ((second & kMasked) != 0 ? 4 : 0);
}

std::uint64_t big_endian(const char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

WebSocketReader::WebSocketReader(WebSocketLimits limits,
                                 const std::optional<WebSocketDeflate>& deflate)
    : limits_(limits) {
  if (deflate) inflater_.emplace(*deflate);
}

bool WebSocketReader::fault(WebSocketEvent& event, std::uint16_t code, std::string_view why) {
  event = {.kind = WebSocketEvent::Kind::kFault, .payload = why, .code = code};
  has_ended_ = true;
  return true;
}

bool WebSocketReader::next(std::string_view& input, WebSocketEvent& event) {
  if (was_given_) {
    was_given_ = false;
    if (message_.capacity() > kKeptBytes) message_ = std::string();
    message_.clear();
    checked_bytes_ = 0;
  }
  while (!has_ended_) {
    if (!in_payload_ && take_header(input, event)) return true;
    if (!in_payload_) return false;
    if (left_ > 0 && input.empty()) return false;
    if (take_payload(input, event)) return true;
  }
  return false;
}

// True: a fault. Whether a frame has begun, in_payload_ tells.
bool WebSocketReader::take_header(std::string_view& input, WebSocketEvent& event) {
  const auto needed = [this] {
    return header_bytes_ < 2 ? 2 : header_size(static_cast<std::uint8_t>(header_[1]));
  };
  while (header_bytes_ < needed()) {
    if (input.empty()) return false;
    header_[header_bytes_++] = input.front();
    input.remove_prefix(1);
  }
  return begin_frame(event);
}

bool WebSocketReader::begin_frame(WebSocketEvent& event) {
  const auto first = static_cast<std::uint8_t>(header_[0]);
  const auto second = static_cast<std::uint8_t>(header_[1]);
  opcode_ = static_cast<WebSocketOpcode>(first & 0x0F);
  is_final_ = (first & kFinal) != 0;
  const std::uint8_t length = second & ~kMasked;
  const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  left_ = more == 0 ? length : big_endian(header_.data() + 2, more);
  if (!is_known(opcode_))
    return fault(event, close_code::kProtocolError, "An opcode is not known.");
  const std::uint8_t reserved = first & kReserved;
  const bool may_be_deflated =
      inflater_ && (opcode_ == WebSocketOpcode::kText || opcode_ == WebSocketOpcode::kBinary);
  if (reserved != 0 && !(reserved == kDeflated && may_be_deflated))
    return fault(event, close_code::kProtocolError, "A reserved bit is set.");
  if ((second & kMasked) == 0)
    return fault(event, close_code::kProtocolError, "A client's frames must be masked.");
  const bool is_minimal = more == 0 || (more == 2 ? left_ > 125 : left_ > 0xFFFF);
  if (!is_minimal || left_ >> 63 != 0)
    return fault(event, close_code::kProtocolError, "A length is not in its shortest form.");
  std::memcpy(mask_.data(), header_.data() + 2 + more, mask_.size());
  header_bytes_ = 0;
  masked_bytes_ = 0;
  in_payload_ = true;
  return is_control(opcode_) ? begin_control(event) : begin_data(event);
}

bool WebSocketReader::begin_control(WebSocketEvent& event) {
  if (!is_final_)
    return fault(event, close_code::kProtocolError, "A control frame must not be fragmented.");
  if (left_ > kMostControlBytes)
    return fault(event, close_code::kProtocolError, "A control frame is too long.");
  if (opcode_ == WebSocketOpcode::kClose && left_ == 1)
    return fault(event, close_code::kProtocolError, "A close frame has half a code.");
  control_bytes_ = 0;
  return false;
}

bool WebSocketReader::begin_data(WebSocketEvent& event) {
  const bool is_continuation = opcode_ == WebSocketOpcode::kContinuation;
  if (is_continuation != in_message_) {
    return fault(event, close_code::kProtocolError,
                 in_message_ ? "A message began before the one before it had ended."
                             : "A continuation continues nothing.");
  }
  if (left_ > limits_.frame_bytes)
    return fault(event, close_code::kTooBig, "A frame is too large.");
  if (!is_continuation) {
    message_opcode_ = opcode_;
    is_deflated_ = (static_cast<std::uint8_t>(header_[0]) & kDeflated) != 0;
    in_message_ = true;
  }
  if (!is_deflated_ && left_ > limits_.message_bytes - message_.size())
    return fault(event, close_code::kTooBig, "A message is too large.");
  return false;
}

void WebSocketReader::unmask(char* bytes, std::size_t count) {
  std::array<char, 8> key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = mask_[(masked_bytes_ + i) % mask_.size()];
  std::uint64_t wide_key = 0;
  std::memcpy(&wide_key, key.data(), sizeof wide_key);
  std::size_t at = 0;
  for (; count - at >= sizeof wide_key; at += sizeof wide_key) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, sizeof word);
    word ^= wide_key;
    std::memcpy(bytes + at, &word, sizeof word);
  }
  for (; at < count; ++at) bytes[at] = static_cast<char>(bytes[at] ^ key[at % key.size()]);
  masked_bytes_ += count;
}

bool WebSocketReader::take_payload(std::string_view& input, WebSocketEvent& event) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  const auto piece = input.substr(0, taken);
  input.remove_prefix(taken);
  left_ -= taken;
  if (is_control(opcode_)) {
    std::ranges::copy(piece, control_.begin() + static_cast<std::ptrdiff_t>(control_bytes_));
    unmask(control_.data() + control_bytes_, taken);
    control_bytes_ += taken;
  } else if (!piece.empty() && add_data(piece, event)) {
    return true;
  }
  if (left_ > 0) return false;
  in_payload_ = false;
  return end_frame(event);
}

bool WebSocketReader::add_data(std::string_view masked, WebSocketEvent& event) {
  if (!is_deflated_) {
    const std::size_t had = message_.size();
    message_ += masked;
    unmask(message_.data() + had, masked.size());
    return check_text(event);
  }
  std::array<char, kPieceBytes> piece;
  while (!masked.empty()) {
    const std::size_t count = masked.copy(piece.data(), piece.size());
    masked.remove_prefix(count);
    unmask(piece.data(), count);
    const auto outcome = inflater_->add({piece.data(), count}, message_, limits_.message_bytes);
    if (note(outcome, event) || check_text(event)) return true;
  }
  return false;
}

bool WebSocketReader::note(MessageInflater::Outcome outcome, WebSocketEvent& event) {
  using enum MessageInflater::Outcome;
  if (outcome == kDone) return false;
  if (outcome == kTooLarge)
    return fault(event, close_code::kTooBig, "A message is too large once it is inflated.");
  return fault(event, close_code::kNotText, "A compressed message can't be inflated.");
}

// What has come of a text must be one so far; a character may still lack its end.
bool WebSocketReader::check_text(WebSocketEvent& event) {
  if (message_opcode_ != WebSocketOpcode::kText) return false;
  const auto fresh = std::string_view(message_).substr(checked_bytes_);
  const auto scan = scan_utf8(fresh);
  checked_bytes_ += scan.bytes;
  if (scan.is_valid || may_become_utf8(fresh.substr(scan.bytes))) return false;
  return fault(event, close_code::kNotText, "A text is not UTF-8.");
}

bool WebSocketReader::end_frame(WebSocketEvent& event) {
  using Kind = WebSocketEvent::Kind;
  const std::string_view control(control_.data(), control_bytes_);
  switch (opcode_) {
    case WebSocketOpcode::kPing:
      event = {.kind = Kind::kPing, .payload = control, .code = 0};
      return true;
    case WebSocketOpcode::kPong:
      event = {.kind = Kind::kPong, .payload = control, .code = 0};
      return true;
    case WebSocketOpcode::kClose:
      return end_close(event);
    default:
      return is_final_ && end_message(event);
  }
}

bool WebSocketReader::end_message(WebSocketEvent& event) {
  if (is_deflated_) {
    const auto outcome = inflater_->end_message(message_, limits_.message_bytes);
    if (note(outcome, event) || check_text(event)) return true;
  }
  const bool is_text = message_opcode_ == WebSocketOpcode::kText;
  if (is_text && checked_bytes_ != message_.size())
    return fault(event, close_code::kNotText, "A text ends within a character.");
  in_message_ = false;
  was_given_ = true;
  using Kind = WebSocketEvent::Kind;
  event = {.kind = is_text ? Kind::kText : Kind::kBinary, .payload = message_, .code = 0};
  return true;
}

bool WebSocketReader::end_close(WebSocketEvent& event) {
  has_ended_ = true;
  event = {.kind = WebSocketEvent::Kind::kClose, .payload = {}, .code = close_code::kNone};
  if (control_bytes_ == 0) return true;
  event.code = static_cast<std::uint16_t>(big_endian(control_.data(), 2));
  event.payload = std::string_view(control_.data() + 2, control_bytes_ - 2);
  if (!may_be_said(event.code))
    return fault(event, close_code::kProtocolError, "A close code is none that may be sent.");
  if (!scan_utf8(event.payload).is_valid)
    return fault(event, close_code::kNotText, "The reason of a close is not UTF-8.");
  return true;
}

void append_websocket_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload,
                            bool is_deflated) {
  const auto first = static_cast<std::uint8_t>(opcode) | kFinal | (is_deflated ? kDeflated : 0);
  out += static_cast<char>(first);
  const std::size_t length = payload.size();
  const std::size_t more = length <= 125 ? 0 : length <= 0xFFFF ? 2 : 8;
  out += static_cast<char>(more == 0 ? length : more == 2 ? 126 : 127);
  for (std::size_t i = more; i > 0; --i) out += static_cast<char>(length >> (8 * (i - 1)) & 0xFF);
  out += payload;
}

void append_websocket_close(std::string& out, std::uint16_t code, std::string_view reason) {
  std::string payload;
  payload += static_cast<char>(code >> 8);
  payload += static_cast<char>(code & 0xFF);
  payload += whole_characters(reason, kMostControlBytes - 2);
  append_websocket_frame(out, WebSocketOpcode::kClose, payload);
}

}  // namespace gatehouse::codec
