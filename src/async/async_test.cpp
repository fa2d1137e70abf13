#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task_group.hpp"

namespace gatehouse::async {
namespace {

using std::chrono::milliseconds;

void rethrow(std::string_view, std::exception_ptr exception) { std::rethrow_exception(exception); }

// Runs `body` as the only task of a worker on this thread and returns when it is done.
void run_on_worker(Worker& worker, Task<void> body) {
  TaskGroup group(worker, rethrow);
  worker.post([&] {
    group.spawn("body", [](Worker& on, Task<void> inner) -> Task<void> {
      co_await std::move(inner);
      on.stop();
    }(worker, std::move(body)));
  });
  worker.run();
}

Task<int> add(int a, int b) { co_return a + b; }

Task<int> sum_to(int n) {
  int total = 0;
  for (int i = 0; i < n; ++i) {
    const int next = co_await add(total, 1);
    total = next;
  }
  co_return total;
}

TEST(Task, AwaitsDeepChainsWithoutGrowingTheStack) {
  SystemClock clock;
  Worker worker(clock, 0);
  int total = 0;
  run_on_worker(worker, [](int& out) -> Task<void> { out = co_await sum_to(200'000); }(total));
  EXPECT_EQ(total, 200'000);
}

Task<void> throwing() {
  throw std::runtime_error("bug");
  co_return;
}

TEST(TaskGroup, ReportsAnExceptionWithItsTaskAndGoesOn) {
  SystemClock clock;
  Worker worker(clock, 0);
  std::string failed;
  TaskGroup group(worker, [&](std::string_view name, std::exception_ptr) { failed = name; });
  group.spawn("throwing", throwing());
  EXPECT_EQ(failed, "throwing");
  EXPECT_EQ(group.size(), 0U);
}

Task<void> wait_and_count(Signal& signal, Deadline deadline, int& signalled, int& timed_out) {
  const Wake wake = co_await signal.wait(deadline);
  ++(wake == Wake::kSignalled ? signalled : timed_out);
}

TEST(Signal, WakesOnceAndKeepsItsState) {
  SystemClock clock;
  Worker worker(clock, 0);
  Signal signal(worker);
  int signalled = 0;
  int timed_out = 0;
  run_on_worker(worker, [](Worker& on, Signal& s, int& yes, int& no) -> Task<void> {
    co_await wait_and_count(s, on.in(milliseconds(20)), yes, no);
    s.set();
    co_await wait_and_count(s, on.in(milliseconds(20)), yes, no);
    s.reset();
    co_await wait_and_count(s, on.in(milliseconds(5)), yes, no);
  }(worker, signal, signalled, timed_out));
  EXPECT_EQ(signalled, 1);
  EXPECT_EQ(timed_out, 2);
}

TEST(Worker, RunsPostsOfManyThreadsInOrder) {
  SystemClock clock;
  Worker worker(clock, 0);
  constexpr int kThreads = 4;
  constexpr int kPosts = 5000;
  std::vector<int> next(kThreads, 0);
  bool is_ordered = true;
  std::vector<std::thread> threads;
  std::atomic<int> finished = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) {
        worker.post(
            [&, t, i] { is_ordered = is_ordered && next[static_cast<std::size_t>(t)]++ == i; });
      }
      if (++finished == kThreads) worker.stop();
    });
  }
  worker.run();
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(is_ordered);
  EXPECT_EQ(next, std::vector<int>(kThreads, kPosts));
}

TEST(Cancellation, WakesWatchesAndStaysCancelled) {
  Cancellation cancellation;
  int woken = 0;
  Cancellation::Watch first(cancellation, [&] { ++woken; });
  {
    Cancellation::Watch gone(cancellation, [&] { woken += 100; });
  }
  cancellation.cancel();
  cancellation.cancel();
  EXPECT_EQ(woken, 1);
  Cancellation::Watch late(cancellation, [&] { ++woken; });
  EXPECT_EQ(woken, 2);
  EXPECT_TRUE(cancellation.is_cancelled());
}

TEST(BlockingPool, AnswersOnTheHomeWorker) {
  SystemClock clock;
  Worker worker(clock, 0);
  BlockingPool pool("test", 2, 8);
  int answer = 0;
  bool is_home = false;
  run_on_worker(worker, [](BlockingPool& on, Worker& home, int& out, bool& at_home) -> Task<void> {
    auto result = co_await on.run(home, []() -> Result<int> { return 42; });
    out = *result;
    at_home = home.is_this_thread();
  }(pool, worker, answer, is_home));
  EXPECT_EQ(answer, 42);
  EXPECT_TRUE(is_home);
}

TEST(BlockingPool, RefusesWhenItsQueueIsFull) {
  SystemClock clock;
  Worker worker(clock, 0);
  BlockingPool pool("test", 1, 0);
  ErrorCode code = ErrorCode::kInternal;
  run_on_worker(worker, [](BlockingPool& on, Worker& home, ErrorCode& out) -> Task<void> {
    auto result = co_await on.run(home, []() -> Result<int> { return 1; });
    out = result.error().code;
  }(pool, worker, code));
  EXPECT_EQ(code, ErrorCode::kUnavailable);
}

// What a function on a pool waits for until the test lets it go on.
struct Gate {
  std::binary_semaphore open{0};
  std::atomic<int> passed = 0;
  Result<int> pass() {
    open.acquire();
    return ++passed;
  }
};

Task<void> run_hastily(BlockingPool& on, Worker& home, Gate& gate, std::vector<ErrorCode>& out) {
  for (int i = 0; i < 2; ++i) {
    auto result =
        co_await on.run_until(home, home.in(milliseconds(5)), [&gate] { return gate.pass(); });
    out.push_back(result ? ErrorCode::kConflict : result.error().code);
  }
}

TEST(BlockingPool, EndsAWaitAtItsDeadlineAndForgetsWhatHasNotBegun) {
  Gate gate;
  std::vector<ErrorCode> codes;
  {
    BlockingPool pool("test", 1, 8);
    {
      SystemClock clock;
      Worker worker(clock, 0);
      run_on_worker(worker, run_hastily(pool, worker, gate, codes));
    }
    gate.open.release();  // the first call ends when its worker is gone; the second never begins
  }
  EXPECT_EQ(codes, (std::vector{ErrorCode::kDeadlineExceeded, ErrorCode::kDeadlineExceeded}));
  EXPECT_EQ(gate.passed, 1);
}

TEST(BlockingPool, AnswersWithinADeadline) {
  SystemClock clock;
  Worker worker(clock, 0);
  BlockingPool pool("test", 1, 8);
  int answer = 0;
  run_on_worker(worker, [](BlockingPool& on, Worker& home, int& out) -> Task<void> {
    auto result = co_await on.run_until(home, home.in(std::chrono::seconds(60)),
                                        []() -> Result<int> { return 42; });
    out = result.value_or(0);
  }(pool, worker, answer));
  EXPECT_EQ(answer, 42);
}

}  // namespace
}  // namespace gatehouse::async
