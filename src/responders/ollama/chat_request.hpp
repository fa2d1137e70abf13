// The body of POST /api/chat.
#pragma once

#include <cstdint>
#include <string>

#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/responders/ollama/ollama_responder.hpp"

namespace gatehouse::responders {

struct OllamaRequest {
  std::string body;
  std::uint64_t dropped_messages = 0;  // the oldest, which didn't fit
};

// What an OpenAI client set is said in Ollama's words: tools, images as data URLs, the sampling
// options, the form of the answer. kInvalid for what has none: the error names the member.
Result<OllamaRequest> make_ollama_request(const chat::Prompt& prompt,
                                          const OllamaSettings& settings, codec::JsonReader& json);

}  // namespace gatehouse::responders
