// Coroutines in tests: start them and wait for their answers.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "gatehouse/async/answer_of.hpp"

namespace gatehouse::chat::testing {

using async::answer_of;
using async::answer_on;
using async::rethrow;

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
