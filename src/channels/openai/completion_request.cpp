#include "completion_request.hpp"

#include <optional>

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::channels {
namespace {

using codec::JsonValue;

constexpr std::size_t kMaxMessages = 2048;
constexpr std::size_t kMaxModelBytes = 256;
constexpr std::uint64_t kMaxChoices = 16;
constexpr std::string_view kDefaultModel = "default";
constexpr std::string_view kMaxTokens = "max_tokens";
constexpr std::string_view kMaxCompletionTokens = "max_completion_tokens";

std::unexpected<Error> bad(std::string field, std::string message) {
  return fail_field(std::move(field), std::move(message));
}

std::optional<chat::Role> role_of(std::string_view name) {
  if (name == "user") return chat::Role::kUser;
  if (name == "assistant") return chat::Role::kAssistant;
  if (name == "system" || name == "developer") return chat::Role::kSystem;
  if (name == "tool" || name == "function") return chat::Role::kTool;
  return std::nullopt;
}

// The members of the body that are read here.
struct BodyMembers {
  JsonValue model;
  JsonValue messages;
  JsonValue stream;
  JsonValue stream_options;
  JsonValue n;
  JsonValue max_tokens;
  JsonValue max_completion_tokens;
  JsonValue temperature;
};

BodyMembers members_of(const JsonValue& body) {
  BodyMembers found;
  for (const auto [name, value] : body.members()) {
    if (name == "model") {
      found.model = value;
    } else if (name == "messages") {
      found.messages = value;
    } else if (name == "stream") {
      found.stream = value;
    } else if (name == "stream_options") {
      found.stream_options = value;
    } else if (name == "n") {
      found.n = value;
    } else if (name == kMaxTokens) {
      found.max_tokens = value;
    } else if (name == kMaxCompletionTokens) {
      found.max_completion_tokens = value;
    } else if (name == "temperature") {
      found.temperature = value;
    }
  }
  return found;
}

std::string place_of(std::size_t message) { return "messages[" + std::to_string(message) + "]"; }

// Content is a string, or parts of which the text ones are read here; an assistant that called a
// tool may have none.
Result<std::string> text_of(const JsonValue& message, std::size_t position) {
  const JsonValue content = message["content"];
  if (!content.is_given()) {
    if (message["tool_calls"].exists() || message["function_call"].exists() ||
        message["refusal"].exists())
      return std::string();
    return bad(place_of(position) + ".content", "A message needs content.");
  }
  if (const auto whole = content.string()) return std::string(*whole);
  if (!content.is_array())
    return bad(place_of(position) + ".content", "Content is a string or an array of parts.");
  std::string text;
  std::size_t index = 0;
  for (const JsonValue part : content.elements()) {
    const auto where = [position, index] {
      return place_of(position) + ".content[" + std::to_string(index) + "]";
    };
    ++index;
    const auto type = part["type"].string();
    if (!type) return bad(where(), "A part is an object with a type.");
    // A part of another type may bring text along as well ("input_text"): the guard reads it.
    const auto part_text = part["text"].string();
    if (!part_text && *type == "text") return bad(where() + ".text", "A text part needs a text.");
    if (!part_text) continue;
    if (!text.empty()) text += '\n';
    text += *part_text;
  }
  return text;
}

Result<void> read_messages(const JsonValue& messages, chat::Prompt& prompt) {
  if (!messages.is_array() || messages.size() == 0)
    return bad("messages", "messages is an array of at least one message.");
  if (messages.size() > kMaxMessages)
    return bad("messages", "messages holds more than 2048 messages.");
  prompt.messages.reserve(messages.size());
  for (const JsonValue message : messages.elements()) {
    const std::size_t position = prompt.messages.size();
    if (!message.is_object()) return bad(place_of(position), "A message is an object.");
    const auto role = role_of(message["role"].string_or_empty());
    if (!role)
      return bad(place_of(position) + ".role",
                 "role is one of system, developer, user, assistant, tool.");
    auto text = text_of(message, position);
    if (!text) return std::unexpected(text.error());
    prompt.messages.push_back({*role, std::move(*text)});
  }
  return {};
}

Result<bool> read_flag(const JsonValue& value, std::string_view name) {
  if (!value.is_given()) return false;
  if (!value.is_boolean()) return bad(std::string(name), std::string(name) + " is true or false.");
  return *value.boolean();
}

Result<bool> read_include_usage(const JsonValue& options) {
  if (!options.is_given()) return false;
  if (!options.is_object()) return bad("stream_options", "stream_options is an object.");
  return read_flag(options["include_usage"], "include_usage");
}

Result<std::uint32_t> read_choices(const JsonValue& n) {
  if (!n.is_given()) return 1;
  const auto count = n.natural();
  if (count && *count >= 1 && *count <= kMaxChoices) return static_cast<std::uint32_t>(*count);
  return bad("n", "n is a number from 1 to 16.");
}

// Two names for one thing. Which of them a backend heeds is its own affair: the greater counts.
void read_reply_tokens(const BodyMembers& body, CompletionRequest& request) {
  for (const auto& [name, value] : {std::pair{kMaxTokens, body.max_tokens},
                                    std::pair{kMaxCompletionTokens, body.max_completion_tokens}}) {
    const auto most = value.natural();
    if (!most || (request.reply_tokens_max && *request.reply_tokens_max >= *most)) continue;
    request.reply_tokens_max = most;
    request.reply_tokens_field = name;
  }
}

}  // namespace

Result<CompletionRequest> read_completion_request(codec::JsonReader& reader, std::string_view text,
                                                  std::string_view default_model) {
  const auto body = reader.read(text);
  if (!body) return std::unexpected(body.error());
  if (!body->is_object()) return fail(ErrorCode::kInvalid, "The body must be a JSON object.");
  const BodyMembers members = members_of(*body);
  CompletionRequest request;
  const auto model = members.model.string();
  if (!model || model->empty() || model->size() > kMaxModelBytes)
    return bad("model", "model names the model that is to answer.");
  const bool renames_model = *model == kDefaultModel && !default_model.empty();
  request.prompt.model = renames_model ? default_model : *model;
  if (auto read = read_messages(members.messages, request.prompt); !read)
    return std::unexpected(read.error());
  const auto stream = read_flag(members.stream, "stream");
  if (!stream) return std::unexpected(stream.error());
  const auto usage = read_include_usage(members.stream_options);
  if (!usage) return std::unexpected(usage.error());
  const auto choices = read_choices(members.n);
  if (!choices) return std::unexpected(choices.error());
  request.choices = *choices;
  read_reply_tokens(members, request);
  request.wants_stream = request.prompt.is_streamed = *stream;
  request.wants_usage = *usage;
  request.prompt.is_at_temperature_0 = members.temperature.number() == 0.0;
  // The client's body goes on as it came, byte for byte, unless the model has to be named.
  request.prompt.openai_body =
      renames_model ? codec::with_member(*body, "model", request.prompt.model) : std::string(text);
  return request;
}

}  // namespace gatehouse::channels
