// Threads for work that blocks: SQLite, DNS, password hashing. Never the loop's own thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/error.hpp"

namespace gatehouse::async {

// One lane of blocking work with its own threads and a bounded queue, so that one kind can't starve
// another. Functions run in the order they came; one per thread at a time. A full queue refuses
// with kUnavailable. The destructor runs what is queued and joins its threads; workers must still
// be running then, or be past waiting for an answer.
class BlockingPool {
 public:
  BlockingPool(std::string name, unsigned threads, std::size_t queue_limit);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // False when the queue is full. From any thread.
  bool submit(std::move_only_function<void()> function);

  // Runs `function() -> Result<T>` on the pool and resumes on `home` with what it returned. The
  // function must own what it touches; it must not throw.
  template <typename Function>
  Task<std::invoke_result_t<Function&>> run(Worker& home, Function function) {
    using Answer = std::invoke_result_t<Function&>;
    struct State {
      Signal done;
      std::optional<Answer> answer;
    } state{Signal(home), std::nullopt};
    const bool is_queued = submit([&home, &state, work = std::move(function)]() mutable {
      auto answer = work();
      home.post([&state, answer = std::move(answer)]() mutable {
        state.answer.emplace(std::move(answer));
        state.done.set();
      });
    });
    if (!is_queued)
      co_return fail(ErrorCode::kUnavailable, "The server is busy. Try again in a moment.",
                     name_ + ": queue full");
    co_await state.done.wait(Deadline::never());
    co_return std::move(*state.answer);
  }

 private:
  void work();

  const std::string name_;
  const std::size_t queue_limit_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::move_only_function<void()>> queue_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gatehouse::async
