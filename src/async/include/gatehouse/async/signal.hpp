// What a coroutine waits for: a signal that is set, or a deadline that passes.
#pragma once

#include <coroutine>

#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"

namespace gatehouse::async {

enum class Wake : unsigned char { kSignalled, kTimedOut };

// A flag with at most one coroutine waiting for it. It stays set until it is reset, so a signal
// that comes between two waits is never lost. One worker's thread only.
class Signal {
 public:
  explicit Signal(Worker& worker) : worker_(&worker) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  class Waiter;

  // Told of each set() while nobody waits, on the worker, outside any coroutine.
  class Observer {
   public:
    virtual void signal_was_set() = 0;

   protected:
    ~Observer() = default;
  };

  bool is_set() const { return is_set_; }
  void set();
  void reset() { is_set_ = false; }
  // co_await signal.wait(deadline): a Wake.
  Waiter wait(Deadline deadline);
  void observe(Observer* observer) { observer_ = observer; }
  Worker& worker() const { return *worker_; }

 private:
  Worker* worker_;
  Waiter* waiter_ = nullptr;
  Observer* observer_ = nullptr;
  bool is_set_ = false;
};

// The awaiter; it lives in the frame of the coroutine that waits.
class Signal::Waiter final : private Timer {
 public:
  Waiter(Signal& signal, Deadline deadline) : signal_(signal), deadline_(deadline) {}

  bool await_ready() const noexcept { return signal_.is_set_; }
  void await_suspend(std::coroutine_handle<> handle);
  Wake await_resume() noexcept { return outcome_; }

 private:
  friend class Signal;
  void expired() override;
  void wake(Wake outcome);

  Signal& signal_;
  Deadline deadline_;
  std::coroutine_handle<> handle_;
  Wake outcome_ = Wake::kSignalled;
};

inline Signal::Waiter Signal::wait(Deadline deadline) { return Waiter(*this, deadline); }

// What is known of a descriptor: set by the worker's epoll on an edge, reset by who reads or writes
// until it blocks.
class Readiness {
 public:
  explicit Readiness(Worker& worker) : readable(worker), writable(worker) {}
  Signal readable;
  Signal writable;
  bool is_watched = false;
  bool has_hung_up = false;  // the peer has ended its side: no further edge tells of it
};

// co_await sleep(worker, deadline).
class Sleep final : private Timer {
 public:
  Sleep(Worker& worker, Deadline deadline) : worker_(worker), deadline_(deadline) {}
  bool await_ready() const noexcept { return deadline_.has_passed(worker_.now()); }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    if (!deadline_.is_never()) worker_.timers().arm(*this, deadline_.when());
  }
  void await_resume() const noexcept {}

 private:
  void expired() override { worker_.schedule(handle_); }

  Worker& worker_;
  Deadline deadline_;
  std::coroutine_handle<> handle_;
};

}  // namespace gatehouse::async
