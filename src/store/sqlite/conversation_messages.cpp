#include "conversation_messages.hpp"
#include "blobs.hpp"

#include "citations_json.hpp"

namespace gatehouse::store::sqlite {

std::unexpected<Error> conversation_not_found() {
  return fail(ErrorCode::kNotFound, "There is no such conversation.");
}

std::optional<FoundConversation> find_conversation(Connection& connection, const std::string& site,
                                                   const std::string& id) {
  auto& row =
      connection.prepared("SELECT sequence, owner FROM conversations WHERE site = ?1 AND id = ?2");
  if (!with_values(row, site, id).executeStep()) return std::nullopt;
  return FoundConversation{.sequence = row.getColumn(0).getInt64(),
                           .owner = row.getColumn(1).getString()};
}

Result<std::vector<chat::Message>> read_messages(SQLite::Statement& rows, const MessageTexts& texts,
                                                 const ConversationName& conversation) {
  std::vector<chat::Message> messages;
  while (rows.executeStep()) {
    auto id = rows.getColumn(0).getString();
    auto text = texts.open({.text = rows.getColumn(2).getString(),
                            .citations = rows.getColumn(5).getString(),
                            .sealed = sealed_in(rows.getColumn(8))},
                           conversation, id);
    if (!text) return std::unexpected(std::move(text.error()));
    auto citations = citations_from_json(text->citations);
    if (!citations) return std::unexpected(std::move(citations.error()));
    const bool is_of_user = rows.getColumn(1).getString() == "user";
    const auto status = chat::message_status(rows.getColumn(3).getString());
    messages.push_back({.id = std::move(id),
                        .role = is_of_user ? chat::Role::kUser : chat::Role::kAssistant,
                        .text = std::move(text->text),
                        .status = status.value_or(chat::MessageStatus::kFailed),
                        .finish_reason = rows.getColumn(4).getString(),
                        .citations = std::move(*citations),
                        .usage_json = rows.getColumn(6).getString(),
                        .created_at = wall_time(rows.getColumn(7))});
  }
  return messages;
}

}  // namespace gatehouse::store::sqlite
