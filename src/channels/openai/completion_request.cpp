#include "completion_request.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "gatehouse/codec/json.hpp"

namespace gatehouse::channels {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxMessages = 2048;
constexpr std::size_t kMaxModelBytes = 256;
constexpr std::int64_t kMaxChoices = 16;
constexpr std::string_view kDefaultModel = "default";

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

// Content is a string, or parts of which the text ones are read here; an assistant that called a
// tool may have none.
Result<std::string> text_of(const json::object& message, const std::string& field) {
  const auto* content = message.if_contains("content");
  if (content == nullptr || content->is_null()) {
    if (message.contains("tool_calls") || message.contains("function_call") ||
        message.contains("refusal"))
      return std::string();
    return bad(field + ".content", "A message needs content.");
  }
  if (content->is_string()) return std::string(content->get_string());
  const auto* parts = content->if_array();
  if (parts == nullptr) return bad(field + ".content", "Content is a string or an array of parts.");
  std::string text;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    const auto* part = (*parts)[i].if_object();
    const auto* type = part == nullptr ? nullptr : part->if_contains("type");
    const std::string where = field + ".content[" + std::to_string(i) + "]";
    if (type == nullptr || !type->is_string())
      return bad(where, "A part is an object with a type.");
    if (type->get_string() != "text") continue;
    const auto* part_text = part->if_contains("text");
    if (part_text == nullptr || !part_text->is_string())
      return bad(where + ".text", "A text part needs a text.");
    if (!text.empty()) text += '\n';
    text += part_text->get_string();
  }
  return text;
}

Result<void> read_messages(const json::object& body, chat::Prompt& prompt) {
  const auto* value = body.if_contains("messages");
  const auto* messages = value == nullptr ? nullptr : value->if_array();
  if (messages == nullptr || messages->empty())
    return bad("messages", "messages is an array of at least one message.");
  if (messages->size() > kMaxMessages)
    return bad("messages", "messages holds more than 2048 messages.");
  prompt.messages.reserve(messages->size());
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const auto* message = (*messages)[i].if_object();
    const auto where = [i] { return "messages[" + std::to_string(i) + "]"; };
    if (message == nullptr) return bad(where(), "A message is an object.");
    const auto* role_value = message->if_contains("role");
    const auto role = role_value != nullptr && role_value->is_string()
                          ? role_of(role_value->get_string())
                          : std::nullopt;
    if (!role)
      return bad(where() + ".role", "role is one of system, developer, user, assistant, tool.");
    auto text = text_of(*message, where());
    if (!text) return std::unexpected(text.error());
    prompt.messages.push_back({*role, std::move(*text)});
  }
  return {};
}

Result<bool> read_flag(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains(name);
  if (value == nullptr || value->is_null()) return false;
  if (!value->is_bool()) return bad(std::string(name), std::string(name) + " is true or false.");
  return value->get_bool();
}

Result<bool> read_include_usage(const json::object& body) {
  const auto* options = body.if_contains("stream_options");
  if (options == nullptr || options->is_null()) return false;
  if (!options->is_object()) return bad("stream_options", "stream_options is an object.");
  return read_flag(options->get_object(), "include_usage");
}

Result<void> check_choices(const json::object& body) {
  const auto* n = body.if_contains("n");
  if (n == nullptr || n->is_null()) return {};
  if (n->is_int64() && n->get_int64() >= 1 && n->get_int64() <= kMaxChoices) return {};
  return bad("n", "n is a number from 1 to 16.");
}

// The client's body goes on as it came, byte for byte, unless the model has to be named.
std::string body_to_send(std::string_view text, json::object& body, bool renames_model,
                         std::string_view model) {
  if (!renames_model) return std::string(text);
  body["model"] = model;
  return json::serialize(body);
}

}  // namespace

Result<CompletionRequest> read_completion_request(std::string_view text,
                                                  std::string_view default_model) {
  std::array<unsigned char, 8192> bytes;
  json::monotonic_resource memory(bytes.data(), bytes.size());
  auto parsed = codec::JsonReader().read(text, &memory);
  if (!parsed) return std::unexpected(parsed.error());
  auto* body = parsed->if_object();
  if (body == nullptr) return fail(ErrorCode::kInvalid, "The body must be a JSON object.");
  CompletionRequest request;
  const auto* model = body->if_contains("model");
  if (model == nullptr || !model->is_string() || model->get_string().empty() ||
      model->get_string().size() > kMaxModelBytes) {
    return bad("model", "model names the model that is to answer.");
  }
  const bool renames_model = model->get_string() == kDefaultModel && !default_model.empty();
  request.prompt.model = renames_model ? default_model : std::string_view(model->get_string());
  if (auto read = read_messages(*body, request.prompt); !read) return std::unexpected(read.error());
  const auto stream = read_flag(*body, "stream");
  if (!stream) return std::unexpected(stream.error());
  const auto usage = read_include_usage(*body);
  if (!usage) return std::unexpected(usage.error());
  if (auto checked = check_choices(*body); !checked) return std::unexpected(checked.error());
  request.wants_stream = request.prompt.is_streamed = *stream;
  request.wants_usage = *usage;
  request.prompt.openai_body = body_to_send(text, *body, renames_model, request.prompt.model);
  return request;
}

}  // namespace gatehouse::channels
