#include "gatehouse/async/task_group.hpp"

#include <cstdlib>

namespace gatehouse::async {

// A coroutine that owns itself: the one place where nobody awaits. It frees its own frame when it
// ends.
struct TaskGroup::Root {
  struct promise_type {
    Root get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::abort(); }  // run() catches everything
    static void* operator new(std::size_t size) { return FrameCache::allocate(size); }
    static void operator delete(void* frame, std::size_t size) noexcept {
      FrameCache::release(frame, size);
    }
  };
};

TaskGroup::TaskGroup(Worker& worker, OnException on_exception)
    : worker_(worker), on_exception_(std::move(on_exception)), is_empty_(worker) {}

TaskGroup::~TaskGroup() {
  if (size_ != 0) std::abort();
}

void TaskGroup::spawn(std::string_view name, Task<void> task) {
  ++size_;
  is_empty_.reset();
  run(name, std::move(task));
}

TaskGroup::Root TaskGroup::run(std::string_view name, Task<void> task) {
  try {
    co_await std::move(task);
  } catch (...) {
    on_exception_(name, std::current_exception());
  }
  // The task's frame and all it owns go before the group hears of it.
  task = Task<void>();
  if (--size_ == 0) is_empty_.set();
}

Task<void> TaskGroup::join() {
  while (size_ != 0) co_await is_empty_.wait(Deadline::never());
}

Task<bool> TaskGroup::join_until(Deadline deadline) {
  while (size_ != 0) {
    const Wake wake = co_await is_empty_.wait(deadline);
    if (wake == Wake::kTimedOut) break;
  }
  co_return size_ == 0;
}

}  // namespace gatehouse::async
