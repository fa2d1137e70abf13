// Conversations in SQLite.
#pragma once

#include <cstdint>
#include <string>

#include "gatehouse/chat/conversations.hpp"
#include "gatehouse/store/sqlite/message_texts.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// Both must be of one file that open_store_file() gave, and outlive this. A message and its reply
// are one transaction; an expired conversation is there until remove_expired() comes by.
class Conversations final : public chat::Conversations {
 public:
  // Without `texts` they are kept as they are, and sealed ones can't be read.
  Conversations(Writer& writer, Readers& readers, MessageTexts texts = {})
      : writer_(writer), readers_(readers), texts_(std::move(texts)) {}

  // At the start, before anything is served: replies that the last process left half-written would
  // block their conversations for ever. Returns how many there were. Blocks.
  Result<std::uint64_t> mark_interrupted();

  async::Task<Result<chat::AcceptedMessage>> accept(async::Worker& home,
                                                    chat::NewMessage message) override;
  async::Task<Result<void>> save_reply(async::Worker& home, chat::StoredReply reply) override;
  async::Task<Result<chat::Conversation>> read(async::Worker& home, chat::Owner owner,
                                               std::string id) override;
  // `limit` is taken as 1 to 200.
  async::Task<Result<chat::ConversationPage>> list(async::Worker& home, chat::Owner owner,
                                                   std::string after, std::uint32_t limit) override;
  async::Task<Result<void>> remove(async::Worker& home, chat::Owner owner, std::string id) override;
  async::Task<Result<void>> remove_message(async::Worker& home, chat::Owner owner,
                                           std::string conversation_id,
                                           std::string message_id) override;
  async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home, WallTime now) override;

 private:
  Writer& writer_;
  Readers& readers_;
  const MessageTexts texts_;
};

}  // namespace gatehouse::store::sqlite
