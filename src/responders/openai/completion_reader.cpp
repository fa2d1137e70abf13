#include "completion_reader.hpp"

#include <array>
#include <bit>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gatehouse/codec/json.hpp"

namespace gatehouse::responders {
namespace {

namespace json = boost::json;

constexpr std::uint32_t kMaxChoices = 64;
constexpr std::uint32_t kMaxToolCalls = 128;

std::string_view text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

std::uint64_t count_of(const json::object& object, std::string_view name,
                       std::uint64_t otherwise = 0) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return otherwise;
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  return error ? otherwise : number;
}

const json::object* object_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

chat::FinishReason reason_of(std::string_view reason) {
  if (reason == "length") return chat::FinishReason::kLength;
  if (reason == "tool_calls" || reason == "function_call") return chat::FinishReason::kToolCalls;
  if (reason == "content_filter") return chat::FinishReason::kContentFilter;
  return chat::FinishReason::kStop;
}

void push_text(chat::ReplySink& sink, std::uint32_t choice, chat::Lane lane,
               std::string_view text) {
  if (!text.empty())
    sink.push(chat::ReplyDelta{.choice = choice, .lane = lane, .text = std::string(text)});
}

void push_tool_calls(chat::ReplySink& sink, std::uint32_t choice, const json::object& delta) {
  const auto* calls = array_of(delta, "tool_calls");
  if (calls == nullptr) return;
  std::uint32_t position = 0;
  for (const auto& element : *calls) {
    const auto* call = element.if_object();
    if (call == nullptr || position >= kMaxToolCalls) break;
    // Whole completions carry no index; their order is it.
    const auto index = static_cast<std::uint32_t>(count_of(*call, "index", position));
    ++position;
    chat::ToolCallDelta event{.choice = choice,
                              .index = index,
                              .id = std::string(text_of(*call, "id")),
                              .name = {},
                              .arguments = {}};
    if (const auto* function = object_of(*call, "function")) {
      event.name = text_of(*function, "name");
      event.arguments = text_of(*function, "arguments");
    }
    sink.push(std::move(event));
  }
}

// The same members stand in a chunk's delta and a whole completion's message.
void push_content(chat::ReplySink& sink, std::uint32_t choice, const json::object& content) {
  push_text(sink, choice, chat::Lane::kReasoning, text_of(content, "reasoning_content"));
  push_text(sink, choice, chat::Lane::kReasoning, text_of(content, "reasoning"));
  push_text(sink, choice, chat::Lane::kText, text_of(content, "content"));
  push_text(sink, choice, chat::Lane::kRefusal, text_of(content, "refusal"));
  push_tool_calls(sink, choice, content);
}

void push_usage(chat::ReplySink& sink, const json::object& answer) {
  const auto* usage = object_of(answer, "usage");
  if (usage == nullptr) return;
  sink.push(chat::Usage{.prompt_tokens = count_of(*usage, "prompt_tokens"),
                        .completion_tokens = count_of(*usage, "completion_tokens"),
                        .details_json = json::serialize(*usage)});
}

std::unexpected<Error> not_an_answer(std::string detail) {
  return fail(ErrorCode::kUpstreamFailed, "The answering service failed. Try again in a moment.",
              std::move(detail));
}

// Memory for one object: enough for a chunk and most whole answers without the heap.
struct Scratch {
  std::array<unsigned char, 4096> bytes;
  json::monotonic_resource memory{bytes.data(), bytes.size()};
};

bool is_set(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && !value->is_null();
}

}  // namespace

void CompletionReader::start(std::string_view model) {
  if (has_started_) return;
  has_started_ = true;
  sink_.push(chat::ReplyStart{.responder = responder_, .model = std::string(model)});
}

void CompletionReader::note_choice(std::uint32_t choice) {
  has_choices_ = true;
  seen_choices_ |= std::uint64_t{1} << choice;
  open_choices_ = static_cast<std::uint32_t>(std::popcount(seen_choices_ & ~ended_choices_));
}

void CompletionReader::end_choice(std::uint32_t choice, std::string_view reason) {
  const std::uint64_t bit = std::uint64_t{1} << choice;
  if ((ended_choices_ & bit) != 0) return;
  ended_choices_ |= bit;
  note_choice(choice);
  sink_.push(chat::ReplyEnd{.choice = choice, .reason = reason_of(reason)});
}

Result<void> CompletionReader::read_chunk(std::string_view json_text) {
  Scratch scratch;
  const auto parsed = codec::JsonReader().read(json_text, &scratch.memory);
  if (!parsed || !parsed->is_object())
    return not_an_answer("a chunk of the stream is not a JSON object");
  const auto& chunk = parsed->get_object();
  if (is_set(chunk, "error")) return std::unexpected(read_backend_error(200, json_text, {}));
  start(text_of(chunk, "model"));
  if (const auto* choices = array_of(chunk, "choices")) {
    for (const auto& element : *choices) {
      const auto* choice = element.if_object();
      if (choice == nullptr) continue;
      const auto index = static_cast<std::uint32_t>(count_of(*choice, "index"));
      if (index >= kMaxChoices) return not_an_answer("the stream has more than 64 choices");
      note_choice(index);
      if (const auto* delta = object_of(*choice, "delta")) push_content(sink_, index, *delta);
      if (const auto reason = text_of(*choice, "finish_reason"); !reason.empty())
        end_choice(index, reason);
    }
  }
  push_usage(sink_, chunk);
  return {};
}

Result<void> CompletionReader::read_whole(std::string_view json_text) {
  Scratch scratch;
  const auto parsed = codec::JsonReader().read(json_text, &scratch.memory);
  if (!parsed || !parsed->is_object()) return not_an_answer("the answer is not a JSON object");
  const auto& answer = parsed->get_object();
  if (is_set(answer, "error")) return std::unexpected(read_backend_error(200, json_text, {}));
  const auto* choices = array_of(answer, "choices");
  if (choices == nullptr || choices->empty()) return not_an_answer("the answer has no choices");
  start(text_of(answer, "model"));
  std::uint32_t position = 0;
  for (const auto& element : *choices) {
    const auto* choice = element.if_object();
    if (choice == nullptr) continue;
    const auto index = static_cast<std::uint32_t>(count_of(*choice, "index", position++));
    if (index >= kMaxChoices) return not_an_answer("the answer has more than 64 choices");
    if (const auto* message = object_of(*choice, "message")) push_content(sink_, index, *message);
    end_choice(index, text_of(*choice, "finish_reason"));
  }
  push_usage(sink_, answer);
  return {};
}

}  // namespace gatehouse::responders
