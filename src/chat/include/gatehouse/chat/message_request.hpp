// A message as the native API's clients write it, checked and owned.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::chat {

struct MessageRequest {
  std::string message;
  std::string conversation_id;  // empty: begin one
  std::string message_id;       // empty: made by the server
  std::vector<std::string> tags;
  std::string metadata_json;  // empty or a flat object
  std::string website;        // a field that people don't see, and robots fill in
};

// How deep a message and what stands around it may nest.
inline constexpr std::size_t kMessageRequestDepth = 4;

// `beside`: members that are the channel's own affair; others are refused. Errors name the member
// at fault. What the message may hold is the guard's affair; its type is checked here.
Result<MessageRequest> read_message_request(const codec::JsonValue& body,
                                            std::span<const std::string_view> beside);
// An id of a conversation or message, as both are written; empty where the member is missing.
Result<void> read_uuid_member(const codec::JsonValue& body, std::string_view name,
                              std::string& out);

}  // namespace gatehouse::chat
