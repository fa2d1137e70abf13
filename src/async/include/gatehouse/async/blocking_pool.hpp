// Threads for work that blocks: SQLite, DNS, password hashing. Never the loop's own thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
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
  // `kWhenIdle`: its threads get what the others leave of the processors (nice 10), since what they
  // do takes long and may wait.
  enum class Importance : std::uint8_t { kUsual, kWhenIdle };
  BlockingPool(std::string name, unsigned threads, std::size_t queue_limit,
               Importance importance = Importance::kUsual);
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
    if (!is_queued) co_return is_full();
    co_await state.done.wait(Deadline::never());
    co_return std::move(*state.answer);
  }

  // The same with a limit to the waiting: kDeadlineExceeded then. What has not begun by that time
  // is not run any more, and what has ends unheard; it may outlast `home`.
  template <typename Function>
  Task<std::invoke_result_t<Function&>> run_until(Worker& home, Deadline deadline,
                                                  Function function) {
    using Answer = std::invoke_result_t<Function&>;
    struct State {
      explicit State(Worker& worker) : done(worker) {}
      bool has_listener() {
        const std::lock_guard lock(mutex);
        return is_awaited;
      }
      std::mutex mutex;
      bool is_awaited = true;
      Signal done;
      std::optional<Answer> answer;
    };
    const auto state = std::make_shared<State>(home);
    const bool is_queued = submit([&home, state, work = std::move(function)]() mutable {
      if (!state->has_listener()) return;
      auto answer = work();
      const std::lock_guard lock(state->mutex);  // as long as it is awaited, its worker is there
      if (!state->is_awaited) return;
      home.post([state, moved = std::move(answer)]() mutable {
        state->answer.emplace(std::move(moved));
        state->done.set();
      });
    });
    if (!is_queued) co_return is_full();
    const auto wake = co_await state->done.wait(deadline);
    if (wake == Wake::kSignalled) co_return std::move(*state->answer);
    {
      const std::lock_guard lock(state->mutex);
      state->is_awaited = false;
    }
    co_return fail(ErrorCode::kDeadlineExceeded, "The server is busy. Try again in a moment.",
                   name_ + ": took too long");
  }

 private:
  void work(Importance importance);
  std::unexpected<Error> is_full() const {
    return fail(ErrorCode::kUnavailable, "The server is busy. Try again in a moment.",
                name_ + ": queue full");
  }

  const std::string name_;
  const std::size_t queue_limit_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::move_only_function<void()>> queue_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gatehouse::async
