#include "conversation_stream.hpp"

#include <algorithm>

namespace gatehouse::chat {

void ConversationStream::hand_over(const std::shared_ptr<Subscription>& subscription,
                                   std::vector<SharedItem> items) const {
  if (&subscription->home() == &worker_) return subscription->deliver(items);
  subscription->home().post(
      [subscription, batch = std::move(items)] { subscription->deliver(batch); });
}

void ConversationStream::append(StreamItem item) {
  item.offset = next_offset_++;
  const auto shared = std::make_shared<const StreamItem>(std::move(item));
  history_.push_back(shared);
  history_bytes_ += shared->bytes();
  while (history_.size() > limits_.history_events || history_bytes_ > limits_.history_bytes) {
    history_bytes_ -= history_.front()->bytes();
    history_.pop_front();
  }
  last_used = worker_.now();
  for (const auto& subscription : subscribers_) hand_over(subscription, {shared});
}

Result<void> ConversationStream::join(const std::shared_ptr<Subscription>& subscription,
                                      const std::optional<StreamPosition>& after,
                                      std::uint64_t otherwise_after) {
  if (subscribers_.size() >= limits_.subscribers) {
    return fail(ErrorCode::kUnavailable,
                "Too many readers follow this conversation. Close another window.");
  }
  std::uint64_t from = after ? after->offset : otherwise_after;
  const std::uint64_t oldest = history_.empty() ? next_offset_ : history_.front()->offset;
  const bool is_other_life = after && after->epoch != epoch_;
  const bool has_gap = from > last_offset() || from + 1 < oldest;
  if (is_other_life || has_gap) {
    subscription->begin_notice =
        is_other_life ? "The server has started anew." : "Some events are no longer kept.";
    from = last_offset();
  }
  subscription->epoch = epoch_;
  subscription->joined_at = from;
  std::vector<SharedItem> missed;
  for (const auto& item : history_) {
    if (item->offset > from) missed.push_back(item);
  }
  subscribers_.push_back(subscription);
  last_used = worker_.now();
  if (!missed.empty()) hand_over(subscription, std::move(missed));
  return {};
}

void ConversationStream::show_once(const std::shared_ptr<Subscription>& subscription,
                                   std::vector<StreamItem> items) const {
  subscription->epoch = epoch_;
  subscription->joined_at = last_offset();
  std::vector<SharedItem> shared;
  for (auto& item : items) {
    item.offset = last_offset();
    shared.push_back(std::make_shared<const StreamItem>(std::move(item)));
  }
  hand_over(subscription, std::move(shared));
}

void ConversationStream::leave(const std::shared_ptr<Subscription>& subscription) {
  std::erase(subscribers_, subscription);
  last_used = worker_.now();
}

void ConversationStream::end_all() {
  for (const auto& subscription : subscribers_) {
    subscription->home().post([subscription] { subscription->end(); });
  }
  subscribers_.clear();
}

}  // namespace gatehouse::chat
