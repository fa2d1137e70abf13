// From the call that leaves a job to the first line of its handler, in one process: two commits,
// one that takes it on and one that claims it. A folder on a disk is needed (TMPDIR): on tmpfs an
// fsync costs nothing.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/jobs/job_queue.hpp"
#include "gatehouse/jobs/runner.hpp"
#include "gatehouse/store/sqlite/jobs.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

class Noted final : public jobs::JobHandler {
 public:
  Noted(const Clock& clock, async::Worker& worker) : clock_(clock), has_begun(worker) {}
  async::Task<Result<jobs::JobResult>> run(jobs::JobContext&) override {
    begun_at = clock_.now();
    has_begun.set();
    co_return jobs::JobResult{};
  }

 private:
  const Clock& clock_;

 public:
  async::Signal has_begun;
  TimePoint begun_at{};
};

// One after the other: each waits until the one before it has begun.
async::Task<void> leave_jobs(async::Worker& home, jobs::JobQueue& queue, Noted& handler,
                             jobs::Runner& runner, benchmark::State& state,
                             std::vector<double>& waits_ms) {
  runner.start();
  for (auto _ : state) {
    handler.has_begun.reset();
    const TimePoint left_at = home.clock().now();
    std::vector<jobs::NewJob> one(1, {.queue = "ai", .kind = "noted"});
    const auto left = co_await queue.enqueue(home, std::move(one));
    if (!left) state.SkipWithError("a job was refused");
    if (!left) break;
    co_await handler.has_begun.wait(Deadline::never());
    const std::chrono::duration<double, std::milli> wait = handler.begun_at - left_at;
    waits_ms.push_back(wait.count());
  }
  co_await runner.drain(home.in(std::chrono::seconds(5)));
  home.stop();
}

void enqueue_to_start(benchmark::State& state) {
  TemporaryStore store;
  SystemClock clock;
  SecureRandom random;
  async::Worker worker(clock, 0);
  Jobs jobs(*store.open.file.writer, *store.open.file.readers, random);
  jobs::JobQueue queue(jobs);
  telemetry::Log log(clock, telemetry::Level::kError, std::make_shared<telemetry::LogRing>());
  Noted handler(clock, worker);
  jobs::Runner runner({worker, jobs, random, log, async::rethrow},
                      {.rooms = {{.queue = "ai", .jobs = 4}}},
                      {{.name = "noted", .handler = handler}});
  queue.set_bell([&runner] { runner.wake(); });
  async::TaskGroup tasks(worker, async::rethrow);
  std::vector<double> waits_ms;
  worker.post(
      [&] { tasks.spawn("leave", leave_jobs(worker, queue, handler, runner, state, waits_ms)); });
  worker.run();
  std::ranges::sort(waits_ms);
  if (waits_ms.empty()) return;
  state.counters["p50_ms"] = waits_ms[waits_ms.size() / 2];
  state.counters["p99_ms"] = waits_ms[waits_ms.size() * 99 / 100];
}
BENCHMARK(enqueue_to_start)->UseRealTime();

}  // namespace
}  // namespace gatehouse::store::sqlite
