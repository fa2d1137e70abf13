#include "gatehouse/store/sqlite/conversations.hpp"

#include <utility>

#include "conversation_rows.hpp"

namespace gatehouse::store::sqlite {
namespace {

constexpr std::uint32_t kExpiredPerWrite = 100;

}  // namespace

Result<std::uint64_t> Conversations::mark_interrupted() {
  return writer_.write_and_wait([](Connection& connection) -> Result<std::uint64_t> {
    return mark_streaming_as_interrupted(connection);
  });
}

async::Task<Result<chat::AcceptedMessage>> Conversations::accept(async::Worker& home,
                                                                 chat::NewMessage message) {
  auto work = [this, message = std::move(message)](Connection& connection) {
    return accept_message(connection, message, texts_);
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<void>> Conversations::save_reply(async::Worker& home, chat::StoredReply reply) {
  auto work = [this, reply = std::move(reply)](Connection& connection) -> Result<void> {
    save_reply_row(connection, reply, texts_);
    return {};
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<chat::Conversation>> Conversations::read(async::Worker& home, chat::Owner owner,
                                                            std::string id) {
  auto work = [this, owner = std::move(owner), id = std::move(id)](Connection& connection) {
    return read_conversation(connection, owner, id, texts_);
  };
  co_return co_await readers_.read(home, std::move(work));
}

async::Task<Result<chat::ConversationPage>> Conversations::list(async::Worker& home,
                                                                chat::Owner owner,
                                                                std::string after,
                                                                std::uint32_t limit) {
  auto work = [this, owner = std::move(owner), after = std::move(after),
               limit](Connection& connection) {
    return list_conversations(connection, owner, after, limit, texts_);
  };
  co_return co_await readers_.read(home, std::move(work));
}

async::Task<Result<void>> Conversations::remove(async::Worker& home, chat::Owner owner,
                                                std::string id) {
  auto work = [owner = std::move(owner), id = std::move(id)](Connection& connection) {
    return remove_conversation(connection, owner, id);
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<void>> Conversations::remove_message(async::Worker& home, chat::Owner owner,
                                                        std::string conversation_id,
                                                        std::string message_id) {
  auto work = [owner = std::move(owner), conversation = std::move(conversation_id),
               message = std::move(message_id)](Connection& connection) {
    return sqlite::remove_message(connection, owner, conversation, message);
  };
  co_return co_await writer_.write(home, std::move(work));
}

// In small writes, so that messages get their turn between them.
async::Task<Result<std::uint64_t>> Conversations::remove_expired(async::Worker& home,
                                                                 WallTime now) {
  std::uint64_t total = 0;
  while (true) {
    auto work = [now](Connection& connection) -> Result<std::uint64_t> {
      return remove_expired_conversations(connection, now, kExpiredPerWrite);
    };
    auto removed = co_await writer_.write(home, std::move(work));
    if (!removed) co_return std::unexpected(std::move(removed.error()));
    total += *removed;
    if (*removed < kExpiredPerWrite) co_return total;
  }
}

}  // namespace gatehouse::store::sqlite
