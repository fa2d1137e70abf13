// The only way to start a coroutine without awaiting it.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <string_view>

#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task.hpp"

namespace gatehouse::async {

// Owns the tasks spawned into it: its owner's last member, joined before the owner dies (the
// destructor aborts otherwise, since a task would then use freed memory). An exception that leaves
// a task is a bug: it is reported with the task's name and the group goes on. One worker's thread
// only.
class TaskGroup {
 public:
  using OnException = std::function<void(std::string_view task, std::exception_ptr)>;

  TaskGroup(Worker& worker, OnException on_exception);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Runs `task` now, up to where it first waits. `name` must be a literal.
  void spawn(std::string_view name, Task<void> task);
  std::size_t size() const { return size_; }
  // Returns when no task is left. One caller at a time.
  Task<void> join();
  // The same with a limit; false if tasks are left.
  Task<bool> join_until(Deadline deadline);
  Worker& worker() const { return worker_; }

 private:
  struct Root;
  Root run(std::string_view name, Task<void> task);

  Worker& worker_;
  OnException on_exception_;
  std::size_t size_ = 0;
  Signal is_empty_;
};

}  // namespace gatehouse::async
