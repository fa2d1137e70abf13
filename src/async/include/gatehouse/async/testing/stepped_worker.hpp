// A worker whose time and turns are a test's: nothing sleeps and nothing races.
#pragma once

#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"

namespace gatehouse::async::testing {

// Runs on the thread of the test, until nothing is left to do but to wait.
class SteppedWorker {
 public:
  Worker& operator*() { return worker_; }
  Worker* operator->() { return &worker_; }
  const FakeClock& clock() const { return clock_; }

  // A worker that is to stop still runs what is ready and what was posted, and then returns.
  void settle() {
    worker_.stop();
    worker_.run();
  }
  void advance(Duration by) {
    clock_.advance(by);
    settle();
  }

 private:
  FakeClock clock_;
  Worker worker_{clock_, 0};
};

}  // namespace gatehouse::async::testing
