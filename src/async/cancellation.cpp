#include "gatehouse/async/cancellation.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::async {

void Cancellation::cancel() {
  if (std::exchange(is_cancelled_, true)) return;
  // A callback may end other watches, so each is looked up anew.
  while (!watches_.empty()) {
    Watch* const watch = watches_.back();
    watches_.pop_back();
    watch->wake_();
  }
}

Cancellation::Watch::Watch(Cancellation& cancellation, std::move_only_function<void()> wake)
    : cancellation_(cancellation), wake_(std::move(wake)) {
  if (cancellation_.is_cancelled_) {
    wake_();
  } else {
    cancellation_.watches_.push_back(this);
  }
}

Cancellation::Watch::~Watch() { std::erase(cancellation_.watches_, this); }

}  // namespace gatehouse::async
