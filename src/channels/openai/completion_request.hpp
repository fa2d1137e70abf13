// The body of POST /v1/chat/completions, checked and owned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::channels {

struct CompletionRequest {
  chat::Prompt prompt;  // with the body to pass on
  bool wants_stream = false;
  bool wants_usage = false;  // stream_options.include_usage
  std::uint32_t choices = 1;
  std::optional<std::uint64_t> reply_tokens_max;  // of one choice
  std::string_view reply_tokens_field;            // a literal: the member that says so
};

// Checks the shape of what the house itself reads; everything else is for the backend to judge. A
// default model takes the place of the name "default". The error names the member at fault as
// "messages[2].content".
Result<CompletionRequest> read_completion_request(codec::JsonReader& reader, std::string_view body,
                                                  std::string_view default_model);

}  // namespace gatehouse::channels
