#include "gatehouse/jobs/schedule.hpp"

#include <gtest/gtest.h>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/async/testing/stepped_worker.hpp"
#include "gatehouse/jobs/testing/memory_jobs.hpp"

namespace gatehouse::jobs {
namespace {

using namespace std::chrono_literals;

// A process that leaves one job each ten minutes.
struct Process {
  explicit Process(JobStore& store) : queue(store) {
    worker->post([this] { tasks.spawn("schedule", schedule.run()); });
    worker.settle();
  }
  ~Process() {
    worker->post([this] { schedule.stop(); });
    worker.settle();
  }

  async::testing::SteppedWorker worker;
  telemetry::Log log{worker.clock(), telemetry::Level::kError,
                     std::make_shared<telemetry::LogRing>()};
  JobQueue queue;
  Schedule schedule{
      *worker,
      queue,
      log,
      {{.name = "tidy", .every = 10min, .job = {.queue = "maintenance", .kind = "tidy"}}}};
  async::TaskGroup tasks{*worker, async::rethrow};
};

std::size_t left_in(JobStore& store) {
  return async::answer_of(
             [&](async::Worker& home) { return store.list(home, {}, {}, 100, WallTime()); })
      ->jobs.size();
}

TEST(Schedule, LeavesAJobOncePerTick) {
  testing::MemoryJobs store;
  Process process(store);
  EXPECT_EQ(left_in(store), 1U);
  for (int i = 0; i < 60; ++i) process.worker.advance(20s);
  EXPECT_EQ(left_in(store), 3U);
}

TEST(Schedule, LeavesItOnceOfSeveralProcesses) {
  testing::MemoryJobs store;
  Process one(store);
  Process other(store);
  EXPECT_EQ(left_in(store), 1U);
}

TEST(Schedule, MakesUpForMissedTicksOnce) {
  testing::MemoryJobs store;
  Process process(store);
  process.worker.advance(55min);
  EXPECT_EQ(left_in(store), 2U);
}

TEST(Schedule, TriesAgainWhenTheStoreIsBack) {
  testing::MemoryJobs store;
  store.is_away = true;
  Process process(store);
  store.is_away = false;
  process.worker.advance(31s);
  EXPECT_EQ(left_in(store), 1U);
}

}  // namespace
}  // namespace gatehouse::jobs
