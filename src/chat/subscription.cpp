#include "gatehouse/chat/subscription.hpp"

namespace gatehouse::chat {

void Subscription::deliver(const std::vector<SharedItem>& items) {
  for (const auto& item : items) {
    if (is_overrun_) break;
    if (wants_ == Wants::kEndOnly && !item->ends_reply) continue;
    if (queued_bytes_ + item->bytes() > limit_bytes_) {
      is_overrun_ = true;
      break;
    }
    queued_bytes_ += item->bytes();
    queue_.push_back(item);
  }
  changed_.set();
}

bool Subscription::take(SharedItem& item) {
  if (queue_.empty()) {
    changed_.reset();
    if (is_overrun_ || has_ended_) changed_.set();
    return false;
  }
  item = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= item->bytes();
  return true;
}

void Subscription::end() {
  has_ended_ = true;
  changed_.set();
}

}  // namespace gatehouse::chat
