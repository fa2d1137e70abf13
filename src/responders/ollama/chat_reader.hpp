// From Ollama's lines to reply events.
#pragma once

#include <cstdint>
#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/chat/responder.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::responders {

// Reads the lines of one answer.
class OllamaReader {
 public:
  OllamaReader(codec::JsonReader& json, std::uint64_t dropped_messages, chat::ReplySink& sink)
      : json_(json), dropped_messages_(dropped_messages), sink_(sink) {}

  // An error that comes within an answer stands in a line, under status 200.
  Result<void> read_line(std::string_view line);
  bool is_done() const { return is_done_; }

 private:
  void push_text(chat::Lane lane, std::string_view text);
  void push_tool_calls(const codec::JsonValue& calls);
  void end(const codec::JsonValue& line);

  codec::JsonReader& json_;
  const std::uint64_t dropped_messages_;
  chat::ReplySink& sink_;
  std::uint32_t tool_calls_ = 0;
  bool has_started_ = false;
  bool is_done_ = false;
};

}  // namespace gatehouse::responders
