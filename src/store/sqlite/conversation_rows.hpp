// What a conversation is in tables: each function is a part of one transaction that the caller
// began, and throws what SQLite throws.
#pragma once

#include <cstdint>
#include <string>

#include "gatehouse/chat/conversations.hpp"
#include "gatehouse/store/sqlite/connection.hpp"
#include "gatehouse/store/sqlite/message_texts.hpp"

namespace gatehouse::store::sqlite {

Result<chat::AcceptedMessage> accept_message(Connection& connection,
                                             const chat::NewMessage& message,
                                             const MessageTexts& texts);
void save_reply_row(Connection& connection, const chat::StoredReply& reply,
                    const MessageTexts& texts);
Result<void> remove_conversation(Connection& connection, const chat::Owner& owner,
                                 const std::string& id);
Result<void> remove_message(Connection& connection, const chat::Owner& owner,
                            const std::string& conversation_id, const std::string& message_id);
// At most `limit` of them, so that nobody waits long behind it.
std::uint64_t remove_expired_conversations(Connection& connection, WallTime now,
                                           std::uint32_t limit);
std::uint64_t mark_streaming_as_interrupted(Connection& connection);

Result<chat::Conversation> read_conversation(Connection& connection, const chat::Owner& owner,
                                             const std::string& id, const MessageTexts& texts);
Result<chat::ConversationPage> list_conversations(Connection& connection, const chat::Owner& owner,
                                                  const std::string& after, std::uint32_t limit,
                                                  const MessageTexts& texts);

}  // namespace gatehouse::store::sqlite
