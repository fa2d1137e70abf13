#include "gatehouse/async/signal.hpp"

#include <cstdlib>

namespace gatehouse::async {

void Signal::set() {
  is_set_ = true;
  if (waiter_ != nullptr) {
    waiter_->wake(Wake::kSignalled);
  } else if (observer_ != nullptr) {
    observer_->signal_was_set();
  }
}

void Signal::Waiter::await_suspend(std::coroutine_handle<> handle) {
  if (signal_.waiter_ != nullptr)
    std::abort();  // two waiters on one signal: a bug that would lose one of them
  handle_ = handle;
  signal_.waiter_ = this;
  if (!deadline_.is_never()) signal_.worker_->timers().arm(*this, deadline_.when());
}

void Signal::Waiter::expired() { wake(Wake::kTimedOut); }

void Signal::Waiter::wake(Wake outcome) {
  disarm();
  outcome_ = outcome;
  signal_.waiter_ = nullptr;
  signal_.worker_->schedule(handle_);
}

}  // namespace gatehouse::async
