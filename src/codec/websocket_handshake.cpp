#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/websocket.hpp"

namespace gatehouse::codec {
namespace {

constexpr std::string_view kKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3

// All fields of that name as the one list that they are (RFC 9110 §5.3).
std::string joined(const Fields& fields, std::string_view name) {
  std::string list;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!equals_ignoring_case(fields.name(i), name)) continue;
    if (!list.empty()) list += ',';
    list += fields.value(i);
  }
  return list;
}

bool names(const Fields& fields, std::string_view name, std::string_view token) {
  const std::string list = joined(fields, name);
  return std::ranges::any_of(split(list, ','), [token](std::string_view each) {
    return equals_ignoring_case(each, token);
  });
}

// 16 bytes in base64: 22 characters and two for padding.
bool is_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") &&
         std::ranges::all_of(key.substr(0, 22), [](char c) {
           const char lower = to_lower_ascii(c);
           return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') || c == '+' || c == '/';
         });
}

std::unexpected<HeadFault> refuse(std::uint16_t status, std::string_view reason) {
  return std::unexpected(HeadFault{.status = status, .reason = reason});
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key).append(kKeySuffix);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned bytes = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_sha1(), nullptr);
  return to_base64({reinterpret_cast<const char*>(digest.data()), bytes});
}

std::expected<WebSocketHandshake, HeadFault> read_websocket_handshake(const RequestHead& head,
                                                                      bool may_deflate) {
  if (!names(head, "Upgrade", "websocket") || !names(head, "Connection", "upgrade"))
    return refuse(426, "This address speaks WebSocket only.");
  if (head.method != Method::kGet || head.is_http_1_0 || head.framing != BodyFraming::kNone)
    return refuse(400, "A WebSocket begins with a GET of HTTP/1.1 without a body.");
  if (joined(head, "Sec-WebSocket-Version") != "13")
    return refuse(426, "Only version 13 of WebSocket is spoken here.");
  const std::string key = joined(head, "Sec-WebSocket-Key");
  if (!is_key(key)) return refuse(400, "Sec-WebSocket-Key must be the base64 of 16 bytes.");
  WebSocketHandshake handshake{.accept = websocket_accept(key), .deflate = std::nullopt};
  if (may_deflate) handshake.deflate = agree_on_deflate(joined(head, "Sec-WebSocket-Extensions"));
  return handshake;
}

}  // namespace gatehouse::codec
