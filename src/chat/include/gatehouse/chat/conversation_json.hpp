// Conversations as their owners read them.
#pragma once

#include <optional>
#include <string>

#include "gatehouse/chat/chat_service.hpp"
#include "gatehouse/chat/conversations.hpp"

namespace gatehouse::chat {

// Members of an object that is open.
void append_summary_members(std::string& out, const ConversationSummary& summary);
// A whole object. `live`: the reply that is being written.
void append_conversation_json(std::string& out, const Conversation& conversation,
                              const std::optional<LiveReply>& live);

}  // namespace gatehouse::chat
