#include "gatehouse/chat/spending.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::chat {
namespace {

// Takes so many bytes away, and what is left of a character that is cut by it.
void shorten(std::string& text, std::uint64_t bytes) {
  std::size_t size =
      text.size() - static_cast<std::size_t>(std::min<std::uint64_t>(bytes, text.size()));
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  text.resize(size);
}

}  // namespace

std::unexpected<Error> used_up() {
  return fail(ErrorCode::kCancelled, "A budget is used up.", "the answer was cut at a budget");
}

bool Spending::cover(ReplyEvent& event) {
  if (const auto* start = std::get_if<ReplyStart>(&event)) {
    budget_.set_model(start->model, start->asked_model);
    return true;
  }
  auto* const delta = std::get_if<ReplyDelta>(&event);
  auto* const call = std::get_if<ToolCallDelta>(&event);
  if ((delta == nullptr && call == nullptr) || is_used_up_) return true;
  const guard::TokenCount count = meter_.so_far(prompt_bytes_);
  const std::uint64_t covered = budget_.cover(count);
  if (covered >= count.reply) [[likely]]
    return true;
  is_used_up_ = true;
  const std::uint64_t lacking_bytes = (count.reply - covered) * 4;
  if (delta != nullptr) shorten(delta->text, lacking_bytes);
  if (call != nullptr) call->arguments.clear();
  return false;
}

void Spending::settle(const Exchange& exchange, const Result<void>& outcome) {
  if (!budget_.is_held()) [[likely]]
    return;
  if (is_free_) return budget_.settle({});
  const auto [count, is_least_reserved] = meter_.spent(prompt_bytes_, exchange, outcome);
  budget_.settle(count, is_least_reserved);
}

Usage Spending::usage() const {
  const guard::TokenCount count = meter_.so_far(prompt_bytes_);
  return {.prompt_tokens = count.prompt, .completion_tokens = count.reply, .details_json = {}};
}

}  // namespace gatehouse::chat
