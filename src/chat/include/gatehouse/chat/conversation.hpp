// Conversations and their messages as the house keeps them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/chat/reply_event.hpp"
#include "gatehouse/chat/responder.hpp"

namespace gatehouse::chat {

enum class MessageStatus : std::uint8_t {
  kComplete,
  kStreaming,    // a reply that is being written
  kStopped,      // by its owner, or because nobody listened any more
  kFailed,       // its responder failed
  kInterrupted,  // the server ended while it was written
};
std::string_view name_of(MessageStatus status);
std::optional<MessageStatus> message_status(std::string_view name);

struct Message {
  std::string id;
  Role role = Role::kUser;  // kUser or kAssistant
  std::string text;
  MessageStatus status = MessageStatus::kComplete;
  std::string finish_reason;  // of a reply that has ended
  std::vector<Citation> citations;
  std::string usage_json;  // of a reply, as its stream told it; empty if the backend said nothing
  WallTime created_at{};
};

struct ConversationSummary {
  std::string id;
  std::string title;  // the beginning of the first message
  WallTime created_at{};
  WallTime updated_at{};
  WallTime expires_at{};
  std::uint64_t messages = 0;
};

struct Conversation {
  ConversationSummary summary;
  std::vector<Message> messages;  // oldest first
};

struct ConversationPage {
  std::vector<ConversationSummary> conversations;  // the latest first
  std::string next;  // to pass as `after` for the next page; empty: this is the last
};

}  // namespace gatehouse::chat
