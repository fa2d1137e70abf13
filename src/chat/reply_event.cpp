#include "gatehouse/chat/conversation.hpp"
#include "gatehouse/chat/responder.hpp"

namespace gatehouse::chat {

std::string_view name_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kToolCalls:
      return "tool_calls";
    case FinishReason::kContentFilter:
      return "content_filter";
    case FinishReason::kStopped:
      return "stopped";
  }
  return "stop";
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
    case Role::kTool:
      return "tool";
  }
  return "user";
}

std::string_view name_of(MessageStatus status) {
  switch (status) {
    case MessageStatus::kComplete:
      return "complete";
    case MessageStatus::kStreaming:
      return "streaming";
    case MessageStatus::kStopped:
      return "stopped";
    case MessageStatus::kFailed:
      return "failed";
    case MessageStatus::kInterrupted:
      return "interrupted";
  }
  return "failed";
}

std::optional<MessageStatus> message_status(std::string_view name) {
  for (const auto status :
       {MessageStatus::kComplete, MessageStatus::kStreaming, MessageStatus::kStopped,
        MessageStatus::kFailed, MessageStatus::kInterrupted}) {
    if (name_of(status) == name) return status;
  }
  return std::nullopt;
}

}  // namespace gatehouse::chat
