#include "chat_reader.hpp"

#include <string>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/http/backend_error.hpp"

namespace gatehouse::responders {
namespace {

using codec::JsonValue;

constexpr std::uint32_t kMaxToolCalls = 128;
constexpr std::uint64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr std::uint64_t kNoticedLoadMs = 100;  // a model that was in memory takes less

}  // namespace

void OllamaReader::push_text(chat::Lane lane, std::string_view text) {
  if (!text.empty())
    sink_.push(chat::ReplyDelta{.choice = 0, .lane = lane, .text = std::string(text)});
}

void OllamaReader::push_tool_calls(const JsonValue& calls) {
  for (const JsonValue call : calls.elements()) {
    if (tool_calls_ == kMaxToolCalls) return;
    const JsonValue function = call["function"];
    const auto id = call["id"].string_or_empty();
    sink_.push(chat::ToolCallDelta{
        .choice = 0,
        .index = tool_calls_,
        .id = id.empty() ? "call_" + std::to_string(tool_calls_) : std::string(id),
        .name = std::string(function["name"].string_or_empty()),
        .arguments = function["arguments"].is_given() ? function["arguments"].to_json() : "{}"});
    ++tool_calls_;
  }
}

void OllamaReader::end(const JsonValue& line) {
  is_done_ = true;
  auto reason = chat::FinishReason::kStop;
  if (line["done_reason"].string_or_empty() == "length") reason = chat::FinishReason::kLength;
  if (tool_calls_ > 0) reason = chat::FinishReason::kToolCalls;
  sink_.push(chat::ReplyEnd{.choice = 0, .reason = reason});
  chat::Usage usage{.prompt_tokens = line["prompt_eval_count"].natural().value_or(0),
                    .completion_tokens = line["eval_count"].natural().value_or(0),
                    .details_json = {}};
  const std::uint64_t load_ms =
      line["load_duration"].natural().value_or(0) / kNanosecondsPerMillisecond;
  if (load_ms >= kNoticedLoadMs || dropped_messages_ > 0) {
    JsonWriter json(usage.details_json);
    json.begin_object()
        .member("prompt_tokens", usage.prompt_tokens)
        .member("completion_tokens", usage.completion_tokens)
        .member("total_tokens", usage.prompt_tokens + usage.completion_tokens)
        .member("load_ms", load_ms)
        .member("dropped_messages", dropped_messages_)
        .end_object();
  }
  sink_.push(std::move(usage));
}

Result<void> OllamaReader::read_line(std::string_view text) {
  const auto line = json_.read(text);
  if (!line || !line->is_object())
    return http::not_an_answer("a line of the answer is not a JSON object");
  if ((*line)["error"].is_given()) return std::unexpected(http::read_backend_error(200, text, {}));
  if (is_done_) return {};
  if (!has_started_) {
    has_started_ = true;
    sink_.push(chat::ReplyStart{.responder = "ollama",
                                .model = std::string((*line)["model"].string_or_empty())});
  }
  const JsonValue message = (*line)["message"];
  push_text(chat::Lane::kReasoning, message["thinking"].string_or_empty());
  push_text(chat::Lane::kText, message["content"].string_or_empty());
  push_tool_calls(message["tool_calls"]);
  if ((*line)["done"].boolean().value_or(false)) end(*line);
  return {};
}

}  // namespace gatehouse::responders
