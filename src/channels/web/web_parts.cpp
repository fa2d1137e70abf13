#include "web_parts.hpp"

#include <algorithm>

#include "gatehouse/base/id.hpp"
#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::channels {

chat::Owner owner_of(const Principal& principal) {
  return {.site = principal.site, .principal = principal.owner()};
}

Result<std::string> conversation_id_of(std::string_view parameter) {
  if (!is_uuid(parameter)) return fail(ErrorCode::kNotFound, "There is no such conversation.");
  return std::string(parameter);
}

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) return pair.substr(std::min(equals + 1, pair.size()));
  }
  return {};
}

void append_summary_members(std::string& out, const chat::ConversationSummary& summary) {
  JsonWriter(out)
      .member("id", summary.id)
      .member("title", summary.title)
      .member("created_at", to_rfc3339(summary.created_at))
      .member("updated_at", to_rfc3339(summary.updated_at))
      .member("expires_at", to_rfc3339(summary.expires_at));
}

namespace {

void append_message_json(std::string& out, const chat::Message& message) {
  JsonWriter json(out);
  json.begin_object()
      .member("id", message.id)
      .member("role", message.role == chat::Role::kUser ? "user" : "assistant")
      .member("text", message.text)
      .member("status", chat::name_of(message.status))
      .member("created_at", to_rfc3339(message.created_at));
  json.key("finish_reason");
  message.finish_reason.empty() ? json.null() : json.string(message.finish_reason);
  json.key("citations").begin_array();
  for (const auto& citation : message.citations) {
    std::string one;
    chat::append_citation_json(one, citation);
    json.raw(one);
  }
  json.end_array().end_object();
}

}  // namespace

void append_conversation_json(std::string& out, const chat::Conversation& conversation,
                              const std::optional<chat::LiveReply>& live) {
  out += '{';
  append_summary_members(out, conversation.summary);
  out += ",\"messages\":[";
  for (std::size_t i = 0; i < conversation.messages.size(); ++i) {
    if (i > 0) out += ',';
    append_message_json(out, conversation.messages[i]);
  }
  out += "],\"live\":";
  if (live) {
    JsonWriter(out)
        .begin_object()
        .member("reply_id", live->reply_id)
        .member("last_event_id", live->position.to_string())
        .end_object();
  } else {
    out += "null";
  }
  out += '}';
}

WebHandlers make_web_handlers(std::shared_ptr<const WebParts> parts) {
  return {.start_session = make_start_session(parts),
          .end_session = make_end_session(parts),
          .chat = make_chat(parts),
          .list_conversations = make_list_conversations(parts),
          .read_conversation = make_read_conversation(parts, false),
          .export_conversation = make_read_conversation(parts, true),
          .remove_conversation = make_remove_conversation(parts),
          .stop_reply = make_stop_reply(parts),
          .follow = make_follow(parts)};
}

}  // namespace gatehouse::channels
