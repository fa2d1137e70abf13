#include "gatehouse/chat/conversation.hpp"

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

ForeignText foreign_text_of(const ReplyEvent& event) {
  constexpr std::uint8_t kFirstOtherLane = 16;  // above those of deltas
  const auto lane = static_cast<std::uint8_t>(kFirstOtherLane + event.index());
  if (const auto* delta = std::get_if<ReplyDelta>(&event)) {
    return {delta->choice, static_cast<std::uint8_t>(delta->lane), {delta->text}};
  }
  if (const auto* citation = std::get_if<Citation>(&event)) {
    return {0, lane, {citation->quote, citation->title, citation->heading, citation->file}};
  }
  if (const auto* call = std::get_if<ToolCallDelta>(&event)) {
    return {call->choice, lane, {call->arguments, call->name, call->id}};
  }
  if (const auto* usage = std::get_if<Usage>(&event)) return {0, lane, {usage->details_json}};
  if (const auto* start = std::get_if<ReplyStart>(&event)) return {0, lane, {start->model}};
  return {};
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
