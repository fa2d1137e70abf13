// Doing something on another worker and coming back with the answer.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/async/task_group.hpp"

namespace gatehouse::async {

namespace detail {

template <typename T>
struct HopState {
  explicit HopState(Worker& home) : done(home) {}
  Signal done;
  std::optional<T> answer;
};

template <typename T, typename Function>
Task<void> run_there(Function function, Worker& home, HopState<T>& state) {
  T answer = co_await function();
  home.post([&state, moved = std::move(answer)]() mutable {
    state.answer.emplace(std::move(moved));
    state.done.set();
  });
}

}  // namespace detail

// Runs `function() -> Task<T>` in `there`, the task group of another worker, and resumes on `home`
// with what it returned. The function owns what it touches; it and its task end before this one
// does.
template <typename T, typename Function>
Task<T> on_worker(TaskGroup& there, Worker& home, Function function) {
  if (&there.worker() == &home) co_return co_await function();
  detail::HopState<T> state(home);
  there.worker().post([&there, &home, &state, moved = std::move(function)]() mutable {
    there.spawn("hop", detail::run_there<T>(std::move(moved), home, state));
  });
  co_await state.done.wait(Deadline::never());
  co_return std::move(*state.answer);
}

}  // namespace gatehouse::async
