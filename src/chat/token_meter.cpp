#include "gatehouse/chat/token_meter.hpp"

#include <algorithm>
#include <variant>

namespace gatehouse::chat {
namespace {

// No answer is as long as that; a backend that says so must not make a sum overflow.
constexpr std::uint64_t kMaxTold = std::uint64_t{1} << 60;

std::uint64_t bytes_of(const Prompt& prompt) {
  std::uint64_t bytes = 0;
  for (const auto& message : prompt.messages) bytes += message.text.size();
  return bytes;
}

// It may be answering, though nobody waits for it any more.
bool was_left(ErrorCode code) {
  return code == ErrorCode::kCancelled || code == ErrorCode::kDeadlineExceeded ||
         code == ErrorCode::kUpstreamTimeout;
}

}  // namespace

std::uint64_t prompt_tokens(const Prompt& prompt) { return tokens_of_bytes(bytes_of(prompt)); }

void TokenMeter::note(const ReplyEvent& event) {
  has_begun_ = true;
  if (const auto* delta = std::get_if<ReplyDelta>(&event)) {
    reply_bytes_ += delta->text.size();
  } else if (const auto* call = std::get_if<ToolCallDelta>(&event)) {
    reply_bytes_ += call->name.size() + call->arguments.size();
  } else if (const auto* usage = std::get_if<Usage>(&event)) {
    prompt_tokens_ = std::min(usage->prompt_tokens, kMaxTold);
    completion_tokens_ = std::min(usage->completion_tokens, kMaxTold);
  }
}

std::uint64_t TokenMeter::spent(const Prompt& prompt, const Exchange& exchange,
                                const Result<void>& outcome, std::uint64_t reserved) const {
  const std::uint64_t told = prompt_tokens_ + completion_tokens_;
  if (outcome && told != 0) return told;
  const bool is_unseen = !outcome && !has_begun_;
  if (is_unseen && !(exchange.was_asked && was_left(outcome.error().code))) return 0;
  // Some backends tell what they have used so far: what is broken off may have cost more by then.
  const std::uint64_t counted = std::max(told, tokens_of_bytes(bytes_of(prompt) + reply_bytes_));
  return is_unseen ? std::max(counted, reserved) : counted;
}

}  // namespace gatehouse::chat
