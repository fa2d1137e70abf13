#include "web_parts.hpp"

#include "gatehouse/base/id.hpp"

namespace gatehouse::channels {

Result<std::string> conversation_id_of(std::string_view parameter) {
  if (!is_uuid(parameter)) return fail(ErrorCode::kNotFound, "There is no such conversation.");
  return std::string(parameter);
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
