#include "gatehouse/chat/token_meter.hpp"

#include <algorithm>
#include <variant>

namespace gatehouse::chat {
namespace {

// No answer is as long as that; a backend that says so must not make a sum overflow.
constexpr std::uint64_t kMaxTold = std::uint64_t{1} << 60;

// It may be answering, though nobody waits for it any more.
bool was_left(ErrorCode code) {
  return code == ErrorCode::kCancelled || code == ErrorCode::kDeadlineExceeded ||
         code == ErrorCode::kUpstreamTimeout;
}

}  // namespace

std::uint64_t prompt_bytes(const Prompt& prompt) {
  std::uint64_t bytes = 0;
  for (const auto& message : prompt.messages) bytes += message.text.size();
  return bytes;
}

std::uint64_t prompt_tokens(const Prompt& prompt) { return tokens_of_bytes(prompt_bytes(prompt)); }

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

// Some backends tell what they have used so far: what they go on with may have cost more by then.
guard::TokenCount TokenMeter::so_far(std::uint64_t prompt_bytes) const {
  const std::uint64_t prompt = tokens_of_bytes(prompt_bytes);
  const std::uint64_t counted = tokens_of_bytes(prompt_bytes + reply_bytes_);
  if (prompt_tokens_ + completion_tokens_ > counted)
    return {.prompt = prompt_tokens_, .reply = completion_tokens_};
  return {.prompt = prompt, .reply = counted - prompt};
}

TokenMeter::Spent TokenMeter::spent(std::uint64_t prompt_bytes, const Exchange& exchange,
                                    const Result<void>& outcome) const {
  if (outcome && prompt_tokens_ + completion_tokens_ != 0)
    return {.count = {.prompt = prompt_tokens_, .reply = completion_tokens_}};
  const bool is_unseen = !outcome && !has_begun_;
  if (is_unseen && !(exchange.was_asked && was_left(outcome.error().code))) return {};
  return {.count = so_far(prompt_bytes), .is_least_reserved = is_unseen};
}

}  // namespace gatehouse::chat
