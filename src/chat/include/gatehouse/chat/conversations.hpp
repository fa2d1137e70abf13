// The port to where conversations are kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/principal.hpp"
#include "gatehouse/chat/conversation.hpp"

namespace gatehouse::chat {

// Who owns a conversation and where: part of every question, so that no answer can cross over.
struct Owner {
  std::string site;
  std::string principal;  // Principal::owner()
};

Owner owner_of(const Principal& principal);

// A message on its way into the store, with the empty reply that will follow it.
struct NewMessage {
  Owner owner;
  std::string conversation_id;  // empty: a new conversation, whose id the caller has made in
                                // new_conversation_id
  std::string new_conversation_id;
  std::string message_id;
  std::string reply_id;
  std::string text;
  std::vector<std::string> tags;
  std::string metadata_json;
  WallTime now{};
  WallTime expires_at{};
  std::uint32_t history_limit = 0;  // how many earlier messages to return
  // The caller, to whom the conversation belongs, knows that nothing writes a reply: one that the
  // store still holds as being written could not be saved when it ended, and is marked as
  // interrupted instead of being waited for.
  bool no_reply_is_running = false;
};

struct AcceptedMessage {
  std::string conversation_id;
  std::string
      reply_id;  // of the reply to this message: an earlier one where the message had come before
  bool was_known = false;  // the same message id had been accepted already; nothing was stored
  std::vector<Message> history;  // earlier messages with text, oldest first, without this one
};

struct StoredReply {
  std::string site;
  std::string conversation_id;
  std::string reply_id;
  std::string text;
  MessageStatus status = MessageStatus::kComplete;
  std::string finish_reason;
  std::vector<Citation> citations;
  std::string usage_json;
  WallTime now{};
  WallTime expires_at{};
};

// Durable: what a call has returned well for survives a crash of the process and of the machine.
// Every call resumes on `home`. Safe from any worker. Errors: kNotFound for what isn't there or is
// another owner's, kConflict for a second message while a reply is being written, kUnavailable when
// the store is full or away (nothing was done then).
class Conversations {
 public:
  virtual ~Conversations() = default;
  virtual async::Task<Result<AcceptedMessage>> accept(async::Worker& home, NewMessage message) = 0;
  // Overwrites the reply; kStreaming saves what there is so far. Fine to call for one that was
  // removed: nothing happens.
  virtual async::Task<Result<void>> save_reply(async::Worker& home, StoredReply reply) = 0;
  virtual async::Task<Result<Conversation>> read(async::Worker& home, Owner owner,
                                                 std::string id) = 0;
  virtual async::Task<Result<ConversationPage>> list(async::Worker& home, Owner owner,
                                                     std::string after, std::uint32_t limit) = 0;
  virtual async::Task<Result<void>> remove(async::Worker& home, Owner owner, std::string id) = 0;
  // One message of a person, with the reply to it. kNotFound where there is none of that id.
  virtual async::Task<Result<void>> remove_message(async::Worker& home, Owner owner,
                                                   std::string conversation_id,
                                                   std::string message_id) = 0;
  // Returns how many were removed.
  virtual async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home, WallTime now) = 0;
};

}  // namespace gatehouse::chat
