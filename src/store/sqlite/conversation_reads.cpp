#include <algorithm>
#include <optional>
#include <string_view>

#include "blobs.hpp"
#include "conversation_messages.hpp"
#include "conversation_rows.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::store::sqlite {
namespace {

constexpr std::uint32_t kPageMax = 200;

// Where a page ended: the next begins with what is older, whatever was written meanwhile.
struct Place {
  std::int64_t updated_at = 0;
  std::string id;
};

std::string to_token(const chat::ConversationSummary& last) {
  return to_base64url(std::to_string(unix_ms(last.updated_at)) + "." + last.id);
}

std::optional<Place> place_of(std::string_view token) {
  if (token.empty()) return Place{.updated_at = INT64_MAX, .id = {}};
  const auto text = from_base64url(token);
  if (!text) return std::nullopt;
  const auto dot = text->find('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto updated_at = parse_u64(std::string_view(*text).substr(0, dot));
  if (!updated_at || *updated_at > INT64_MAX) return std::nullopt;
  return Place{.updated_at = static_cast<std::int64_t>(*updated_at), .id = text->substr(dot + 1)};
}

chat::ConversationSummary read_summary(SQLite::Statement& row, const MessageTexts& texts,
                                       const std::string& site) {
  auto id = row.getColumn(0).getString();
  auto title = texts.open_title(
      {.text = row.getColumn(1).getString(), .sealed = sealed_in(row.getColumn(6))}, {site, id});
  return {.id = std::move(id),
          .title = std::move(title),
          .created_at = wall_time(row.getColumn(2)),
          .updated_at = wall_time(row.getColumn(3)),
          .expires_at = wall_time(row.getColumn(4)),
          .messages = static_cast<std::uint64_t>(row.getColumn(5).getInt64())};
}

}  // namespace

Result<chat::Conversation> read_conversation(Connection& connection, const chat::Owner& owner,
                                             const std::string& id, const MessageTexts& texts) {
  auto& row = connection.prepared(
      "SELECT id, title, created_at, updated_at, expires_at, messages, sealed_title, sequence "
      "FROM conversations WHERE site = ?1 AND id = ?2 AND owner = ?3");
  with_values(row, owner.site, id, owner.principal);
  if (!row.executeStep()) return conversation_not_found();
  chat::Conversation conversation{.summary = read_summary(row, texts, owner.site), .messages = {}};
  auto& rows = connection.prepared("SELECT " GATEHOUSE_MESSAGE_COLUMNS
                                   " FROM messages WHERE conversation = ?1 ORDER BY sequence");
  auto messages =
      read_messages(with_values(rows, row.getColumn(7).getInt64()), texts, {owner.site, id});
  if (!messages) return std::unexpected(std::move(messages.error()));
  conversation.messages = std::move(*messages);
  return conversation;
}

Result<chat::ConversationPage> list_conversations(Connection& connection, const chat::Owner& owner,
                                                  const std::string& after, std::uint32_t limit,
                                                  const MessageTexts& texts) {
  const auto place = place_of(after);
  if (!place) {
    return fail_field("after", "This isn't the end of a page. Pass `next` as it was received.");
  }
  const std::uint32_t wanted = std::clamp(limit, 1U, kPageMax);
  auto& rows = connection.prepared(
      "SELECT id, title, created_at, updated_at, expires_at, messages, sealed_title "
      "FROM conversations "
      "WHERE site = ?1 AND owner = ?2 AND (updated_at, id) < (?3, ?4) "
      "ORDER BY updated_at DESC, id DESC LIMIT ?5");
  with_values(rows, owner.site, owner.principal, place->updated_at, place->id, wanted + 1);
  chat::ConversationPage page;
  while (rows.executeStep()) {
    if (page.conversations.size() == wanted) {
      page.next = to_token(page.conversations.back());
      break;
    }
    page.conversations.push_back(read_summary(rows, texts, owner.site));
  }
  return page;
}

}  // namespace gatehouse::store::sqlite
