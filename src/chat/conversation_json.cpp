#include "gatehouse/chat/conversation_json.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/chat/stream_item.hpp"

namespace gatehouse::chat {

void append_summary_members(std::string& out, const ConversationSummary& summary) {
  JsonWriter(out)
      .member("id", summary.id)
      .member("title", summary.title)
      .member("created_at", to_rfc3339(summary.created_at))
      .member("updated_at", to_rfc3339(summary.updated_at))
      .member("expires_at", to_rfc3339(summary.expires_at));
}

namespace {

void append_message_json(std::string& out, const Message& message) {
  JsonWriter json(out);
  json.begin_object()
      .member("id", message.id)
      .member("role", message.role == Role::kUser ? "user" : "assistant")
      .member("text", message.text)
      .member("status", name_of(message.status))
      .member("created_at", to_rfc3339(message.created_at));
  json.key("finish_reason");
  message.finish_reason.empty() ? json.null() : json.string(message.finish_reason);
  json.key("citations").begin_array();
  for (const auto& citation : message.citations) {
    std::string one;
    append_citation_json(one, citation);
    json.raw(one);
  }
  json.end_array().end_object();
}

}  // namespace

void append_conversation_json(std::string& out, const Conversation& conversation,
                              const std::optional<LiveReply>& live) {
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

}  // namespace gatehouse::chat
