// What a client says over a WebSocket: one JSON object a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/chat/message_request.hpp"
#include "gatehouse/chat/stream_item.hpp"

namespace gatehouse::channels {

struct SocketCommand {
  enum class Kind : std::uint8_t { kMessage, kFollow, kUnfollow, kStop, kPing };
  Kind kind = Kind::kPing;
  chat::MessageRequest message;               // of a message
  std::string conversation_id;                // of the three after it
  std::optional<chat::StreamPosition> after;  // where to follow from
  std::string challenge;                      // the solution of work that was asked for
};

// `ref` is the client's own name for what it says, empty without; it is set where it could be read,
// also beside an error, which names the member at fault.
Result<SocketCommand> read_socket_command(codec::JsonReader& reader, std::string_view text,
                                          std::string& ref);

}  // namespace gatehouse::channels
