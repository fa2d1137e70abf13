// For tests: a worker on a thread of its own, to run coroutines from the outside.
#pragma once

#include <exception>
#include <future>
#include <string_view>
#include <thread>
#include <utility>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"

namespace gatehouse::knowledge::testing {

class WorkerThread {
 public:
  WorkerThread()
      : group_(worker_,
               [](std::string_view, std::exception_ptr bug) { std::rethrow_exception(bug); }),
        thread_([this] { worker_.run(); }) {}
  ~WorkerThread() {
    worker_.stop();
    thread_.join();
  }
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  async::Worker& worker() { return worker_; }
  const Clock& clock() const { return clock_; }

  // Starts the task on the worker and waits for what it returns.
  template <typename T>
  T run(async::Task<T> task) {
    std::promise<T> answer;
    worker_.post([&] { group_.spawn("test", keep(std::move(task), answer)); });
    return answer.get_future().get();
  }

 private:
  template <typename T>
  static async::Task<void> keep(async::Task<T> task, std::promise<T>& answer) {
    auto value = co_await std::move(task);
    answer.set_value(std::move(value));
  }

  SystemClock clock_;
  async::Worker worker_{clock_, 0};
  async::TaskGroup group_;
  std::thread thread_;
};

}  // namespace gatehouse::knowledge::testing
