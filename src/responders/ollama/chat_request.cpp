#include "chat_request.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/chat/token_meter.hpp"

namespace gatehouse::responders {
namespace {

using codec::JsonValue;

constexpr std::uint64_t kTokensPerMessage = 8;  // of the model's template, around the text
constexpr std::uint64_t kTokensPerImage = 640;  // about what common vision models make of one
constexpr std::uint64_t kReplyTokens = 1024;    // kept free where the client names no number

struct Entry {
  bool is_system = false;
  std::uint64_t tokens = 0;
  std::string json;
};

std::unexpected<Error> bad_message(std::size_t position, std::string_view member,
                                   std::string message) {
  return fail_field("messages[" + std::to_string(position) + "]" + std::string(member),
                    std::move(message));
}

// "data:image/png;base64,…" to its base64; empty for any other address.
std::string_view base64_of(std::string_view url) {
  constexpr std::string_view kMark = ";base64,";
  if (!url.starts_with("data:image/")) return {};
  const auto mark = url.find(kMark);
  return mark == std::string_view::npos ? std::string_view() : url.substr(mark + kMark.size());
}

Result<std::vector<std::string_view>> images_of(const JsonValue& content, std::size_t position) {
  std::vector<std::string_view> images;
  for (const JsonValue part : content.elements()) {
    if (part["type"].string_or_empty() != "image_url") continue;
    const auto data = base64_of(part["image_url"]["url"].string_or_empty());
    if (data.empty()) {
      return bad_message(position, ".content",
                         "This model takes images as data: URLs in base64 only.");
    }
    images.push_back(data);
  }
  return images;
}

// Arguments are an object there and a text here.
Result<void> append_tool_calls(JsonWriter& json, const JsonValue& calls, std::size_t position) {
  codec::JsonReader reader;
  json.key("tool_calls").begin_array();
  for (const JsonValue call : calls.elements()) {
    const JsonValue function = call["function"];
    const auto arguments = reader.read(function["arguments"].string_or_empty());
    if (!arguments || !arguments->is_object())
      return bad_message(position, ".tool_calls", "The arguments of a call are a JSON object.");
    json.begin_object().key("function").begin_object();
    json.member("name", function["name"].string_or_empty());
    json.key("arguments").raw(arguments->to_json()).end_object().end_object();
  }
  json.end_array();
  return {};
}

Result<Entry> entry_of(const chat::PromptMessage& message, const JsonValue& original,
                       std::size_t position) {
  Entry entry{.is_system = message.role == chat::Role::kSystem,
              .tokens = kTokensPerMessage + chat::tokens_of_bytes(message.text.size()),
              .json = {}};
  JsonWriter json(entry.json);
  json.begin_object().member("role", chat::name_of(message.role)).member("content", message.text);
  const auto images = images_of(original["content"], position);
  if (!images) return std::unexpected(images.error());
  if (!images->empty()) {
    json.key("images").begin_array();
    for (const auto image : *images) json.string(image);
    json.end_array();
    entry.tokens += kTokensPerImage * images->size();
  }
  if (original["tool_calls"].is_array()) {
    if (auto added = append_tool_calls(json, original["tool_calls"], position); !added)
      return std::unexpected(added.error());
    entry.tokens += chat::tokens_of_bytes(original["tool_calls"].to_json().size());
  }
  if (const auto id = original["tool_call_id"].string()) json.member("tool_call_id", *id);
  json.end_object();
  return entry;
}

// The newest that fit beside the system's; the last one in any case.
Result<std::uint64_t> drop_oldest(std::vector<Entry>& entries, std::uint64_t room) {
  std::uint64_t used = entries.back().tokens;
  for (const Entry& each : entries) {
    if (each.is_system && &each != &entries.back()) used += each.tokens;
  }
  if (used > room) {
    return fail(ErrorCode::kTooLarge, "The message is too long for the model that answers here.",
                "the last message and the system's need about " + std::to_string(used) +
                    " tokens, and there is room for " + std::to_string(room) +
                    ": raise ollama.context_tokens");
  }
  bool is_full = false;
  std::uint64_t dropped = 0;
  for (auto entry = entries.rbegin() + 1; entry != entries.rend(); ++entry) {
    if (entry->is_system) continue;
    is_full = is_full || used + entry->tokens > room;
    if (is_full) {
      entry->json.clear();
      ++dropped;
    } else {
      used += entry->tokens;
    }
  }
  return dropped;
}

// OpenAI's names that Ollama has among its options.
constexpr std::array kOptions = {
    std::pair{"temperature", "temperature"},
    std::pair{"top_p", "top_p"},
    std::pair{"seed", "seed"},
    std::pair{"stop", "stop"},
    std::pair{"frequency_penalty", "frequency_penalty"},
    std::pair{"presence_penalty", "presence_penalty"},
};

void append_options(JsonWriter& json, const JsonValue& body, const OllamaSettings& settings,
                    std::uint64_t reply_tokens) {
  json.key("options").begin_object().member("num_ctx", settings.context_tokens);
  if (reply_tokens > 0) json.member("num_predict", reply_tokens);
  for (const auto& [theirs, ours] : kOptions) {
    if (body[theirs].is_given()) json.key(ours).raw(body[theirs].to_json());
  }
  json.end_object();
}

void append_format(JsonWriter& json, const JsonValue& format) {
  const auto type = format["type"].string_or_empty();
  if (type == "json_object") json.member("format", "json");
  const JsonValue schema = format["json_schema"]["schema"];
  if (type == "json_schema" && schema.is_object()) json.key("format").raw(schema.to_json());
}

std::uint64_t reply_tokens_of(const JsonValue& body) {
  const auto most = body["max_completion_tokens"].natural();
  return most ? *most : body["max_tokens"].natural().value_or(0);
}

}  // namespace

Result<OllamaRequest> make_ollama_request(const chat::Prompt& prompt,
                                          const OllamaSettings& settings,
                                          codec::JsonReader& reader) {
  JsonValue body;
  if (!prompt.openai_body.empty()) {
    const auto read = reader.read(prompt.openai_body);
    if (!read) return std::unexpected(read.error());
    body = *read;
  }
  std::vector<JsonValue> originals;
  for (const JsonValue message : body["messages"].elements()) originals.push_back(message);
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < prompt.messages.size(); ++i) {
    auto entry = entry_of(prompt.messages[i], i < originals.size() ? originals[i] : JsonValue(), i);
    if (!entry) return std::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
  const std::string tools = body["tools"].is_array() ? body["tools"].to_json() : std::string();
  const std::uint64_t reply_tokens = reply_tokens_of(body);
  const std::uint64_t kept_free =
      std::min(reply_tokens > 0 ? reply_tokens : kReplyTokens, settings.context_tokens / 2) +
      chat::tokens_of_bytes(tools.size());
  const auto dropped =
      drop_oldest(entries, settings.context_tokens - std::min(settings.context_tokens, kept_free));
  if (!dropped) return std::unexpected(dropped.error());

  OllamaRequest request{.body = {}, .dropped_messages = *dropped};
  JsonWriter json(request.body);
  json.begin_object().member("model", prompt.model.empty() ? settings.model : prompt.model);
  json.member("stream", true);
  if (!settings.keep_alive.empty()) json.member("keep_alive", settings.keep_alive);
  append_options(json, body, settings, reply_tokens);
  append_format(json, body["response_format"]);
  if (!tools.empty()) json.key("tools").raw(tools);
  json.key("messages").begin_array();
  for (const Entry& entry : entries) {
    if (!entry.json.empty()) json.raw(entry.json);
  }
  json.end_array().end_object();
  return request;
}

}  // namespace gatehouse::responders
