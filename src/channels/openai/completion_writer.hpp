// Reply events as OpenAI's clients read them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/chat/reply_event.hpp"
#include "gatehouse/guard/admitted.hpp"

namespace gatehouse::channels {

using ScannedEvent = guard::Scanned<chat::ReplyEvent>;

// What all objects of one answer carry.
struct CompletionIdentity {
  std::string id;  // "chatcmpl-…"
  std::int64_t created_s = 0;
  std::string model;  // until the backend names its own
};

// Writes a stream of chat.completion.chunk events.
class ChunkWriter {
 public:
  ChunkWriter(CompletionIdentity identity, bool wants_usage);
  void write(const ScannedEvent& event, std::string& out);
  // The error form inside a stream.
  static void write_error(std::string_view error_json, std::string& out);
  void write_done(std::string& out);

 private:
  const std::string& prefix();
  void begin_choice(std::uint32_t choice, std::string& out);
  void end_choice(std::string_view finish_reason_json, std::string& out) const;
  void role_once(std::uint32_t choice, std::string& out);
  void write_event(const chat::ReplyDelta& delta, std::string& out);
  void write_event(const chat::ToolCallDelta& call, std::string& out);
  void write_event(const chat::ReplyEnd& end, std::string& out);

  CompletionIdentity identity_;
  bool wants_usage_;
  std::string prefix_;       // of every chunk, up to the choices
  std::uint64_t began_ = 0;  // a bit for each choice whose role was sent
  std::optional<chat::Usage> usage_;
};

// Gathers an answer and writes it as one chat.completion.
class WholeWriter {
 public:
  explicit WholeWriter(CompletionIdentity identity) : identity_(std::move(identity)) {}
  void take(ScannedEvent&& event);
  std::string write();

 private:
  struct ToolCall {
    std::uint32_t index = 0;
    std::string id;
    std::string name;
    std::string arguments;
  };
  struct Choice {
    std::uint32_t index = 0;
    std::array<std::string, chat::kLanes> texts;
    bool has_text = false;
    std::vector<ToolCall> tool_calls;
    std::string_view finish_reason = "stop";
  };
  static void write_choice(const Choice& choice, std::string& out);
  static void write_tool_calls(const Choice& choice, std::string& out);

  CompletionIdentity identity_;
  std::vector<Choice> choices_;  // one, nearly always
  std::optional<chat::Usage> usage_;
};

// What OpenAI's finish_reason says for ours.
std::string_view finish_reason_name(chat::FinishReason reason);
void append_usage(std::string& out, const chat::Usage& usage);

}  // namespace gatehouse::channels
