// Coroutines in tests: start them and wait for their answers.
#pragma once

#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"

namespace gatehouse::chat::testing {

inline void rethrow(std::string_view, std::exception_ptr exception) {
  std::rethrow_exception(exception);
}

template <typename Answer>
async::Task<void> keep_answer(async::Worker& worker, async::Task<Answer> task,
                              std::optional<Answer>& kept) {
  Answer answer = co_await std::move(task);
  kept.emplace(std::move(answer));
  worker.stop();
}

template <typename Answer>
std::optional<Answer> answer_on(async::Worker& worker, async::Task<Answer> task) {
  std::optional<Answer> answer;
  async::TaskGroup group(worker, rethrow);
  worker.post([&] { group.spawn("answer", keep_answer(worker, std::move(task), answer)); });
  worker.run();
  return answer;
}

// Runs `start(Worker&) -> Task<T>` on a worker of this thread and returns its T.
template <typename Start>
auto answer_of(Start start) {
  const SystemClock clock;
  async::Worker worker(clock, 0);
  auto answer = answer_on(worker, start(worker));
  return std::move(*answer);
}

template <typename Answer>
async::Task<void> put_answer(async::Task<Answer> task, std::optional<Answer>& kept) {
  Answer answer = co_await std::move(task);
  kept.emplace(std::move(answer));
}

// Lets all tasks wait at once; `on_started` is called when each has come to its first wait.
template <typename Answer, typename OnStarted>
async::Task<std::vector<Answer>> all_of(async::Worker& worker,
                                        std::vector<async::Task<Answer>> tasks,
                                        OnStarted on_started) {
  std::vector<std::optional<Answer>> kept(tasks.size());
  async::TaskGroup group(worker, rethrow);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    group.spawn("one of all", put_answer(std::move(tasks[i]), kept[i]));
  }
  on_started();
  co_await group.join();
  std::vector<Answer> answers;
  for (auto& answer : kept) answers.push_back(std::move(*answer));
  co_return answers;
}

}  // namespace gatehouse::chat::testing
