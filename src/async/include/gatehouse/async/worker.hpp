// A worker: one thread, one epoll, one timer wheel, and the coroutines that live there.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "gatehouse/async/timer_wheel.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"

namespace gatehouse::async {

class Readiness;

// The loop of one thread. What it owns is touched on its thread only; post() and stop() may be
// called from anywhere. Coroutines are resumed from the loop and never from within one another, so
// nothing changes under a running one.
class Worker {
 public:
  using Function = std::move_only_function<void()>;

  Worker(const Clock& clock, unsigned index);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void run();                    // until stop(), then returns after what was posted before it
  void stop();                   // from any thread
  void post(Function function);  // from any thread; runs on this worker, in order

  unsigned index() const { return index_; }
  // Read once per turn of the loop: cheap, and at most one turn old.
  TimePoint now() const { return now_; }
  const Clock& clock() const { return clock_; }
  Deadline in(Duration wait) const { return Deadline::after(now_, wait); }
  TimerWheel& timers() { return timers_; }
  bool is_this_thread() const;

  void schedule(std::coroutine_handle<> handle) { ready_.push_back(handle); }

  // Registers a descriptor for edge-triggered readiness. The Readiness must outlive the
  // registration.
  Result<void> watch(int descriptor, Readiness& readiness);
  void unwatch(int descriptor, Readiness& readiness);

 private:
  void turn();
  void wait_for_events();
  void run_posted();
  void run_ready();

  const Clock& clock_;
  const unsigned index_;
  TimePoint now_;
  TimerWheel timers_;
  int epoll_ = -1;
  int wake_ = -1;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> running_;
  std::mutex posted_mutex_;
  std::vector<Function> posted_;
  std::atomic<bool> has_posted_ = false;
  std::atomic<bool> is_stopping_ = false;
  std::uint64_t thread_ = 0;
};

}  // namespace gatehouse::async
