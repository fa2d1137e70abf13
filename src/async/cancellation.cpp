#include "gatehouse/async/cancellation.hpp"

#include <utility>

namespace gatehouse::async {

void Cancellation::cancel() {
  if (std::exchange(is_cancelled_, true)) return;
  // A callback may end other watches, so each is looked up anew.
  while (first_ != nullptr) {
    Watch* const watch = first_;
    watch->unlink();
    watch->wake_();
  }
}

Cancellation::Watch::Watch(Cancellation& cancellation, std::move_only_function<void()> wake)
    : wake_(std::move(wake)) {
  if (cancellation.is_cancelled_) {
    wake_();
    return;
  }
  next_ = cancellation.first_;
  if (next_ != nullptr) next_->place_ = &next_;
  place_ = &cancellation.first_;
  cancellation.first_ = this;
}

void Cancellation::Watch::unlink() {
  if (place_ == nullptr) return;
  *place_ = next_;
  if (next_ != nullptr) next_->place_ = place_;
  place_ = nullptr;
  next_ = nullptr;
}

}  // namespace gatehouse::async
