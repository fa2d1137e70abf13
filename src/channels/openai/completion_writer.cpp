#include "completion_writer.hpp"

#include <algorithm>

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::channels {
namespace {

constexpr std::size_t kUsageBytes = 128;

// The item with this index, made if there is none.
template <typename Item>
Item& at_index(std::vector<Item>& items, std::uint32_t index) {
  const auto found = std::ranges::find(items, index, &Item::index);
  if (found != items.end()) return *found;
  items.push_back(Item{.index = index});
  return items.back();
}

}  // namespace

std::string_view finish_reason_name(chat::FinishReason reason) {
  // A reply that was stopped here ended early, which OpenAI's words know as "stop".
  return reason == chat::FinishReason::kStopped ? "stop" : chat::name_of(reason);
}

std::string usage_json(const chat::Usage& usage) {
  if (!usage.details_json.empty()) return usage.details_json;
  std::string out;
  out.reserve(kUsageBytes);
  JsonWriter(out)
      .begin_object()
      .member("prompt_tokens", usage.prompt_tokens)
      .member("completion_tokens", usage.completion_tokens)
      .member("total_tokens", usage.prompt_tokens + usage.completion_tokens)
      .end_object();
  return out;
}

ChunkWriter::ChunkWriter(CompletionIdentity identity, bool wants_usage)
    : identity_(std::move(identity)), wants_usage_(wants_usage) {}

// Made when the first chunk is: an answer that is not streamed needs none.
const std::string& ChunkWriter::prefix() {
  if (!prefix_.empty()) return prefix_;
  prefix_ = "data: ";
  JsonWriter json(prefix_);
  json.begin_object()
      .member("id", identity_.id)
      .member("object", "chat.completion.chunk")
      .member("created", identity_.created_s)
      .member("model", identity_.model);
  prefix_ += ",\"choices\":[";
  return prefix_;
}

void ChunkWriter::begin_choice(std::uint32_t choice, std::string& out) {
  out.append(prefix()).append("{\"index\":").append(std::to_string(choice)).append(",\"delta\":{");
}

void ChunkWriter::end_choice(std::string_view finish_reason_json, std::string& out) const {
  out.append("},\"logprobs\":null,\"finish_reason\":").append(finish_reason_json).append("}]");
  if (wants_usage_) out += ",\"usage\":null";
  out += "}\n\n";
}

void ChunkWriter::role_once(std::uint32_t choice, std::string& out) {
  const std::uint64_t bit = std::uint64_t{1} << (choice % 64);
  if ((began_ & bit) != 0) return;
  began_ |= bit;
  begin_choice(choice, out);
  out += "\"role\":\"assistant\",\"content\":\"\"";
  end_choice("null", out);
}

void ChunkWriter::write_event(const chat::ReplyDelta& delta, std::string& out) {
  role_once(delta.choice, out);
  begin_choice(delta.choice, out);
  switch (delta.lane) {
    case chat::Lane::kText:
      out += "\"content\":";
      break;
    case chat::Lane::kReasoning:
      out += "\"reasoning_content\":";
      break;
    case chat::Lane::kRefusal:
      out += "\"refusal\":";
      break;
  }
  append_json_string(out, delta.text);
  end_choice("null", out);
}

void ChunkWriter::write_event(const chat::ToolCallDelta& call, std::string& out) {
  role_once(call.choice, out);
  begin_choice(call.choice, out);
  out.append("\"tool_calls\":[{\"index\":").append(std::to_string(call.index));
  if (!call.id.empty()) {
    out += ",\"id\":";
    append_json_string(out, call.id);
    out += ",\"type\":\"function\"";
  }
  out += ",\"function\":{";
  if (!call.name.empty()) {
    out += "\"name\":";
    append_json_string(out, call.name);
    out += ',';
  }
  out += "\"arguments\":";
  append_json_string(out, call.arguments);
  out += "}}]";
  end_choice("null", out);
}

void ChunkWriter::write_event(const chat::ReplyEnd& end, std::string& out) {
  role_once(end.choice, out);
  begin_choice(end.choice, out);
  std::string reason;
  append_json_string(reason, finish_reason_name(end.reason));
  end_choice(reason, out);
}

void ChunkWriter::write(const ScannedEvent& event, std::string& out) {
  if (const auto* delta = std::get_if<chat::ReplyDelta>(&*event)) {
    write_event(*delta, out);
  } else if (const auto* start = std::get_if<chat::ReplyStart>(&*event)) {
    if (!start->model.empty()) identity_.model = start->model;
  } else if (const auto* call = std::get_if<chat::ToolCallDelta>(&*event)) {
    write_event(*call, out);
  } else if (const auto* end = std::get_if<chat::ReplyEnd>(&*event)) {
    write_event(*end, out);
  } else if (const auto* usage = std::get_if<chat::Usage>(&*event)) {
    usage_json_ = usage_json(*usage);
  }
  // Citations have no place in this form: the answer's text names its sources.
}

void ChunkWriter::write_error(std::string_view error_json, std::string& out) {
  out.append("data: ").append(error_json).append("\n\n");
}

void ChunkWriter::write_done(std::string& out) {
  if (wants_usage_ && !usage_json_.empty()) {
    out.append(prefix()).append("],\"usage\":").append(usage_json_).append("}\n\n");
  }
  out += "data: [DONE]\n\n";
}

void WholeWriter::take(const ScannedEvent& event) {
  if (const auto* delta = std::get_if<chat::ReplyDelta>(&*event)) {
    auto& choice = at_index(choices_, delta->choice);
    switch (delta->lane) {
      case chat::Lane::kText:
        choice.text += delta->text;
        choice.has_text = true;
        break;
      case chat::Lane::kReasoning:
        choice.reasoning += delta->text;
        break;
      case chat::Lane::kRefusal:
        choice.refusal += delta->text;
        break;
    }
  } else if (const auto* start = std::get_if<chat::ReplyStart>(&*event)) {
    if (!start->model.empty()) identity_.model = start->model;
  } else if (const auto* part = std::get_if<chat::ToolCallDelta>(&*event)) {
    auto& call = at_index(at_index(choices_, part->choice).tool_calls, part->index);
    if (!part->id.empty()) call.id = part->id;
    if (!part->name.empty()) call.name = part->name;
    call.arguments += part->arguments;
  } else if (const auto* end = std::get_if<chat::ReplyEnd>(&*event)) {
    at_index(choices_, end->choice).finish_reason = finish_reason_name(end->reason);
  } else if (const auto* usage = std::get_if<chat::Usage>(&*event)) {
    usage_json_ = usage_json(*usage);
  }
}

std::string WholeWriter::write() {
  std::ranges::sort(choices_, {}, &Choice::index);
  std::size_t text_bytes = 0;
  for (auto& choice : choices_) {
    std::ranges::sort(choice.tool_calls, {}, &ToolCall::index);
    text_bytes += choice.text.size();
  }
  std::string out;
  out.reserve(text_bytes + text_bytes / 8 + 512);
  JsonWriter json(out);
  json.begin_object().member("id", identity_.id).member("object", "chat.completion");
  json.member("created", identity_.created_s)
      .member("model", identity_.model)
      .key("choices")
      .begin_array();
  for (const auto& choice : choices_) {
    json.begin_object().member("index", std::uint64_t{choice.index}).key("message").begin_object();
    json.member("role", "assistant").key("content");
    choice.has_text || choice.tool_calls.empty() ? json.string(choice.text) : json.null();
    if (!choice.reasoning.empty()) json.member("reasoning_content", choice.reasoning);
    json.key("refusal");
    choice.refusal.empty() ? json.null() : json.string(choice.refusal);
    if (!choice.tool_calls.empty()) {
      json.key("tool_calls").begin_array();
      for (const auto& call : choice.tool_calls) {
        json.begin_object()
            .member("id", call.id)
            .member("type", "function")
            .key("function")
            .begin_object();
        json.member("name", call.name)
            .member("arguments", call.arguments)
            .end_object()
            .end_object();
      }
      json.end_array();
    }
    json.end_object()
        .key("logprobs")
        .null()
        .member("finish_reason", choice.finish_reason)
        .end_object();
  }
  json.end_array().key("usage").raw(usage_json_).end_object();
  return out;
}

}  // namespace gatehouse::channels
