// Frames as a WebSocket client writes them, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gatehouse/codec/websocket.hpp"

namespace gatehouse::codec::testing {

struct ClientFrame {
  WebSocketOpcode opcode = WebSocketOpcode::kText;
  bool is_final = true;
  std::uint8_t reserved = 0;  // 4: deflated
  bool is_masked = true;
};

// The payload under a mask of its own, or bare.
inline std::string client_frame(std::string_view payload, ClientFrame frame = {}) {
  constexpr std::string_view kMask = "\x37\xfa\x21\x3d";
  std::string bytes;
  append_websocket_frame(bytes, frame.opcode, payload);
  const std::size_t header = bytes.size() - payload.size();
  bytes[0] = static_cast<char>((frame.is_final ? 0x80 : 0) | frame.reserved << 4 |
                               static_cast<int>(frame.opcode));
  if (!frame.is_masked) return bytes;
  bytes[1] = static_cast<char>(bytes[1] | 0x80);
  for (std::size_t i = 0; i < payload.size(); ++i)
    bytes[header + i] = static_cast<char>(bytes[header + i] ^ kMask[i % kMask.size()]);
  return bytes.insert(header, kMask);
}

}  // namespace gatehouse::codec::testing
