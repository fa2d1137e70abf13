#include "web_parts.hpp"

#include <algorithm>

#include "gatehouse/base/id.hpp"

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
