// A coroutine to its answer, on this thread: for commands that do one thing, and for tests.
#pragma once

#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"

namespace gatehouse::async {

inline void rethrow(std::string_view, std::exception_ptr exception) {
  std::rethrow_exception(exception);
}

template <typename Answer>
Task<void> keep_answer(Worker& worker, Task<Answer> task, std::optional<Answer>& kept) {
  Answer answer = co_await std::move(task);
  kept.emplace(std::move(answer));
  worker.stop();
}

template <typename Answer>
std::optional<Answer> answer_on(Worker& worker, Task<Answer> task) {
  std::optional<Answer> answer;
  TaskGroup group(worker, rethrow);
  worker.post([&] { group.spawn("answer", keep_answer(worker, std::move(task), answer)); });
  worker.run();
  return answer;
}

// Runs `start(Worker&) -> Task<T>` on a worker of this thread and returns its T.
template <typename Start>
auto answer_of(Start start) {
  const SystemClock clock;
  Worker worker(clock, 0);
  auto answer = answer_on(worker, start(worker));
  return std::move(*answer);
}

}  // namespace gatehouse::async
