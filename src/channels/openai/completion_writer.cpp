#include "completion_writer.hpp"

#include <algorithm>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::channels {
namespace {

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

void append_usage(std::string& out, const chat::Usage& usage) {
  if (!usage.details_json.empty()) {
    out += usage.details_json;
    return;
  }
  out += "{\"prompt_tokens\":";
  append_number(out, usage.prompt_tokens);
  out += ",\"completion_tokens\":";
  append_number(out, usage.completion_tokens);
  out += ",\"total_tokens\":";
  append_number(out, usage.prompt_tokens + usage.completion_tokens);
  out += '}';
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
  out.append(prefix()).append("{\"index\":");
  append_number(out, choice);
  out += ",\"delta\":{";
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
    usage_ = *usage;
  }
  // Citations have no place in this form: the answer's text names its sources.
}

void ChunkWriter::write_error(std::string_view error_json, std::string& out) {
  out.append("data: ").append(error_json).append("\n\n");
}

void ChunkWriter::write_done(std::string& out) {
  if (wants_usage_ && usage_) {
    out.append(prefix()).append("],\"usage\":");
    append_usage(out, *usage_);
    out += "}\n\n";
  }
  out += "data: [DONE]\n\n";
}

void WholeWriter::take(ScannedEvent&& scanned) {
  chat::ReplyEvent&& event = std::move(scanned).take();
  if (auto* delta = std::get_if<chat::ReplyDelta>(&event)) {
    auto& choice = at_index(choices_, delta->choice);
    choice.has_text = choice.has_text || delta->lane == chat::Lane::kText;
    std::string& text = choice.texts[static_cast<std::size_t>(delta->lane)];
    text.empty() ? text = std::move(delta->text) : text += delta->text;
  } else if (auto* start = std::get_if<chat::ReplyStart>(&event)) {
    if (!start->model.empty()) identity_.model = std::move(start->model);
  } else if (const auto* part = std::get_if<chat::ToolCallDelta>(&event)) {
    auto& call = at_index(at_index(choices_, part->choice).tool_calls, part->index);
    if (!part->id.empty()) call.id = part->id;
    if (!part->name.empty()) call.name = part->name;
    call.arguments += part->arguments;
  } else if (const auto* end = std::get_if<chat::ReplyEnd>(&event)) {
    at_index(choices_, end->choice).finish_reason = finish_reason_name(end->reason);
  } else if (auto* usage = std::get_if<chat::Usage>(&event)) {
    usage_ = std::move(*usage);
  }
}

void WholeWriter::write_tool_calls(const Choice& choice, std::string& out) {
  if (choice.tool_calls.empty()) return;
  out += ",\"tool_calls\":";
  JsonWriter json(out);
  json.begin_array();
  for (const auto& call : choice.tool_calls) {
    json.begin_object().member("id", call.id).member("type", "function").key("function");
    json.begin_object().member("name", call.name).member("arguments", call.arguments);
    json.end_object().end_object();
  }
  json.end_array();
}

void WholeWriter::write_choice(const Choice& choice, std::string& out) {
  const auto& text = choice.texts[static_cast<std::size_t>(chat::Lane::kText)];
  const auto& reasoning = choice.texts[static_cast<std::size_t>(chat::Lane::kReasoning)];
  const auto& refusal = choice.texts[static_cast<std::size_t>(chat::Lane::kRefusal)];
  out += "{\"index\":";
  append_number(out, choice.index);
  out += ",\"message\":{\"role\":\"assistant\",\"content\":";
  const bool has_content = choice.has_text || choice.tool_calls.empty();
  has_content ? append_json_string(out, text) : void(out += "null");
  if (!reasoning.empty()) append_json_string(out += ",\"reasoning_content\":", reasoning);
  out += ",\"refusal\":";
  refusal.empty() ? void(out += "null") : append_json_string(out, refusal);
  write_tool_calls(choice, out);
  out += "},\"logprobs\":null,\"finish_reason\":";
  append_json_string(out, choice.finish_reason);
  out += '}';
}

// Written piece by piece: most of it is the same in every answer.
std::string WholeWriter::write() {
  std::ranges::sort(choices_, {}, &Choice::index);
  std::size_t text_bytes = 0;
  for (auto& choice : choices_) {
    std::ranges::sort(choice.tool_calls, {}, &ToolCall::index);
    for (const auto& text : choice.texts) text_bytes += text.size();
  }
  std::string out;
  out.reserve(text_bytes + text_bytes / 8 + 512);
  append_json_string(out += "{\"id\":", identity_.id);
  out += ",\"object\":\"chat.completion\",\"created\":";
  append_number(out, identity_.created_s);
  append_json_string(out += ",\"model\":", identity_.model);
  out += ",\"choices\":[";
  for (const auto& choice : choices_) {
    if (&choice != &choices_.front()) out += ',';
    write_choice(choice, out);
  }
  out += "],\"usage\":";
  usage_ ? append_usage(out, *usage_) : void(out += "null");
  out += '}';
  return out;
}

}  // namespace gatehouse::channels
