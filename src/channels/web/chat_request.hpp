// The body of POST /api/v1/chat, checked and owned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"

namespace gatehouse::channels {

struct ChatRequest {
  std::string message;
  std::string conversation_id;  // empty: begin one
  std::string message_id;       // empty: made by the server
  bool wants_stream = false;
  std::vector<std::string> tags;
  std::string metadata_json;  // empty or a flat object
  std::string website;        // a field that people don't see, and robots fill in
};

// Errors name the member at fault. What the message may hold is the guard's affair; its type is
// checked here.
Result<ChatRequest> read_chat_request(std::string_view body);

}  // namespace gatehouse::channels
