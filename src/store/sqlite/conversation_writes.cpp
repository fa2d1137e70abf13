#include <algorithm>
#include <optional>
#include <vector>

#include "blobs.hpp"
#include "citations_json.hpp"
#include "conversation_messages.hpp"
#include "conversation_rows.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::store::sqlite {
namespace {

constexpr std::size_t kTitleCharacters = 80;

struct KnownMessage {
  std::int64_t sequence = 0;
  bool is_of_user = false;
  std::string reply_id;
};

std::optional<KnownMessage> find_message(Connection& connection, std::int64_t conversation,
                                         const std::string& id) {
  auto& row = connection.prepared(
      "SELECT sequence, role = 'user', reply_id FROM messages WHERE conversation = ?1 AND id = ?2");
  if (!with_values(row, conversation, id).executeStep()) return std::nullopt;
  return KnownMessage{.sequence = row.getColumn(0).getInt64(),
                      .is_of_user = row.getColumn(1).getInt() != 0,
                      .reply_id = row.getColumn(2).getString()};
}

bool is_reply_being_written(Connection& connection, std::int64_t conversation) {
  auto& row = connection.prepared(
      "SELECT 1 FROM messages WHERE conversation = ?1 AND status = 'streaming' LIMIT 1");
  return with_values(row, conversation).executeStep();
}

void interrupt_replies(Connection& connection, std::int64_t conversation) {
  auto& row = connection.prepared(
      "UPDATE messages SET status = 'interrupted' WHERE conversation = ?1 AND status = "
      "'streaming'");
  with_values(row, conversation).exec();
}

// The latest `limit` messages before `sequence` that a model can be given.
Result<std::vector<chat::Message>> history_before(Connection& connection, std::int64_t conversation,
                                                  std::int64_t sequence, std::uint32_t limit,
                                                  const MessageTexts& texts,
                                                  const ConversationName& name) {
  auto& rows = connection.prepared(
      "SELECT " GATEHOUSE_MESSAGE_COLUMNS
      " FROM messages WHERE conversation = ?1 AND sequence < ?2 AND status = 'complete' "
      "AND (text <> '' OR sealed IS NOT NULL) ORDER BY sequence DESC LIMIT ?3");
  auto history = read_messages(with_values(rows, conversation, sequence, limit), texts, name);
  if (history) std::ranges::reverse(*history);
  return history;
}

// The beginning of the first message, on one line.
std::string title_of(std::string_view text) {
  std::string title(text.substr(0, utf8_offset(text, kTitleCharacters)));
  std::ranges::replace_if(title, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return title;
}

std::int64_t insert_conversation(Connection& connection, const chat::NewMessage& message,
                                 const std::string& id, const MessageTexts& texts) {
  const auto title = texts.keep_title(title_of(message.text), {message.owner.site, id});
  auto& row = connection.prepared(
      "INSERT INTO conversations (site, id, owner, title, messages, created_at, updated_at, "
      "expires_at, sealed_title) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?5, ?6, ?7)");
  with_values(row, message.owner.site, id, message.owner.principal, title.text,
              unix_ms(message.now), unix_ms(message.expires_at));
  bind_sealed(row, 7, title.sealed);
  row.exec();
  return connection.getLastInsertRowid();
}

std::string tags_to_json(const std::vector<std::string>& tags) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const auto& tag : tags) json.string(tag);
  json.end_array();
  return text;
}

void insert_message_and_reply(Connection& connection, std::int64_t conversation,
                              const chat::NewMessage& message, const std::string& id,
                              const MessageTexts& texts) {
  const auto kept =
      texts.keep({.text = message.text}, {message.owner.site, id}, message.message_id);
  auto& of_user = connection.prepared(
      "INSERT INTO messages (site, conversation, id, role, reply_id, text, status, finish_reason, "
      "citations, tags, metadata, created_at, sealed) "
      "VALUES (?1, ?2, ?3, 'user', ?4, ?5, 'complete', '', '', ?6, ?7, ?8, ?9)");
  with_values(of_user, message.owner.site, conversation, message.message_id, message.reply_id,
              kept.text, tags_to_json(message.tags), message.metadata_json, unix_ms(message.now));
  bind_sealed(of_user, 9, kept.sealed);
  of_user.exec();
  auto& reply = connection.prepared(
      "INSERT INTO messages (site, conversation, id, role, reply_id, text, status, finish_reason, "
      "citations, tags, metadata, created_at) "
      "VALUES (?1, ?2, ?3, 'assistant', '', '', 'streaming', '', '', '', '', ?4)");
  with_values(reply, message.owner.site, conversation, message.reply_id, unix_ms(message.now))
      .exec();
  auto& counted = connection.prepared(
      "UPDATE conversations SET messages = messages + 2, updated_at = MAX(updated_at, ?2), "
      "expires_at = ?3 WHERE sequence = ?1");
  with_values(counted, conversation, unix_ms(message.now), unix_ms(message.expires_at)).exec();
}

}  // namespace

Result<chat::AcceptedMessage> accept_message(Connection& connection,
                                             const chat::NewMessage& message,
                                             const MessageTexts& texts) {
  const bool is_new = message.conversation_id.empty();
  const auto& id = is_new ? message.new_conversation_id : message.conversation_id;
  auto found = find_conversation(connection, message.owner.site, id);
  if (found && found->owner != message.owner.principal) return conversation_not_found();
  if (!found && !is_new) return conversation_not_found();

  chat::AcceptedMessage accepted{
      .conversation_id = id, .reply_id = message.reply_id, .was_known = false, .history = {}};
  std::int64_t before = INT64_MAX;
  if (found) {
    // First, since the reply to this very message may be the one that is being written.
    const auto known = find_message(connection, found->sequence, message.message_id);
    if (known && !known->is_of_user) {
      return fail(ErrorCode::kConflict,
                  "This message id is taken. Send the message with another one.");
    }
    if (known) {
      accepted.was_known = true;
      accepted.reply_id = known->reply_id;
      before = known->sequence;
    } else if (is_reply_being_written(connection, found->sequence)) {
      if (message.no_reply_is_running) {
        interrupt_replies(connection, found->sequence);
      } else {
        return fail(ErrorCode::kConflict,
                    "The last message is still being answered. Wait for the reply or stop it.");
      }
    }
  }
  const std::int64_t conversation =
      found ? found->sequence : insert_conversation(connection, message, id, texts);
  auto history = history_before(connection, conversation, before, message.history_limit, texts,
                                {message.owner.site, id});
  if (!history) return std::unexpected(std::move(history.error()));
  accepted.history = std::move(*history);
  if (!accepted.was_known) insert_message_and_reply(connection, conversation, message, id, texts);
  return accepted;
}

void save_reply_row(Connection& connection, const chat::StoredReply& reply,
                    const MessageTexts& texts) {
  const auto found = find_conversation(connection, reply.site, reply.conversation_id);
  if (!found) return;
  const auto kept =
      texts.keep({.text = reply.text, .citations = citations_to_json(reply.citations)},
                 {reply.site, reply.conversation_id}, reply.reply_id);
  // What there is so far never replaces an ended reply: it would be "being written" for ever.
  auto& row = connection.prepared(
      "UPDATE messages SET text = ?3, status = ?4, finish_reason = ?5, citations = ?6, usage = ?7, "
      "sealed = ?8 "
      "WHERE conversation = ?1 AND id = ?2 AND role = 'assistant' "
      "AND (status = 'streaming' OR ?4 <> 'streaming')");
  with_values(row, found->sequence, reply.reply_id, kept.text,
              std::string(chat::name_of(reply.status)), reply.finish_reason, kept.citations,
              reply.usage_json);
  bind_sealed(row, 8, kept.sealed);
  if (row.exec() == 0) return;
  auto& moved = connection.prepared(
      "UPDATE conversations SET updated_at = MAX(updated_at, ?2), expires_at = ?3 "
      "WHERE sequence = ?1");
  with_values(moved, found->sequence, unix_ms(reply.now), unix_ms(reply.expires_at)).exec();
}

// The messages go with their conversation (ON DELETE CASCADE).
Result<void> remove_conversation(Connection& connection, const chat::Owner& owner,
                                 const std::string& id) {
  auto& row =
      connection.prepared("DELETE FROM conversations WHERE site = ?1 AND id = ?2 AND owner = ?3");
  const int removed = with_values(row, owner.site, id, owner.principal).exec();
  if (removed == 0) return conversation_not_found();
  return {};
}

// The title is the beginning of the first message: it goes with that.
Result<void> remove_message(Connection& connection, const chat::Owner& owner,
                            const std::string& conversation_id, const std::string& message_id) {
  const auto found = find_conversation(connection, owner.site, conversation_id);
  if (!found || found->owner != owner.principal) return conversation_not_found();
  const auto known = find_message(connection, found->sequence, message_id);
  if (!known || !known->is_of_user)
    return fail(ErrorCode::kNotFound, "There is no such message in this conversation.");
  auto& first = connection.prepared(
      "UPDATE conversations SET title = '', sealed_title = NULL WHERE sequence = ?1 AND "
      "NOT EXISTS (SELECT 1 FROM messages WHERE conversation = ?1 AND sequence < ?2)");
  with_values(first, found->sequence, known->sequence).exec();
  auto& rows =
      connection.prepared("DELETE FROM messages WHERE conversation = ?1 AND id IN (?2, ?3)");
  const int removed = with_values(rows, found->sequence, message_id, known->reply_id).exec();
  auto& counted =
      connection.prepared("UPDATE conversations SET messages = messages - ?2 WHERE sequence = ?1");
  with_values(counted, found->sequence, std::int64_t{removed}).exec();
  return {};
}

std::uint64_t remove_expired_conversations(Connection& connection, WallTime now,
                                           std::uint32_t limit) {
  auto& rows = connection.prepared(
      "DELETE FROM conversations WHERE sequence IN "
      "(SELECT sequence FROM conversations WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)");
  return static_cast<std::uint64_t>(with_values(rows, unix_ms(now), limit).exec());
}

std::uint64_t mark_streaming_as_interrupted(Connection& connection) {
  auto& rows =
      connection.prepared("UPDATE messages SET status = 'interrupted' WHERE status = 'streaming'");
  return static_cast<std::uint64_t>(rows.exec());
}

}  // namespace gatehouse::store::sqlite
