// What reading and writing conversations share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/chat/conversation.hpp"
#include "gatehouse/store/sqlite/connection.hpp"
#include "gatehouse/store/sqlite/message_texts.hpp"

// The columns that read_messages() takes; a macro so that statements stay literals.
#define GATEHOUSE_MESSAGE_COLUMNS \
  "id, role, text, status, finish_reason, citations, usage, created_at, sealed"

namespace gatehouse::store::sqlite {

struct FoundConversation {
  std::int64_t sequence = 0;
  std::string owner;
};

std::optional<FoundConversation> find_conversation(Connection& connection, const std::string& site,
                                                   const std::string& id);
Result<std::vector<chat::Message>> read_messages(SQLite::Statement& rows, const MessageTexts& texts,
                                                 const ConversationName& conversation);
// The same for what isn't there and for what is another's, so that nobody can tell which it is.
std::unexpected<Error> conversation_not_found();

}  // namespace gatehouse::store::sqlite
