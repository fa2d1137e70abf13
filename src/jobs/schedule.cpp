#include "gatehouse/jobs/schedule.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::jobs {
namespace {

// The wall clock may be set: how long that goes unnoticed. Also the pause after a failure.
constexpr Duration kLongestWait = std::chrono::seconds(30);

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Schedule::Schedule(async::Worker& worker, JobQueue& queue, telemetry::Log& log,
                   std::vector<Periodic> all)
    : worker_(worker), queue_(queue), log_(log), is_stopping_(worker) {
  for (auto& periodic : all) {
    periodic.every = std::max<Duration>(periodic.every, std::chrono::seconds(1));
    entries_.push_back({.periodic = std::move(periodic)});
  }
}

async::Task<void> Schedule::leave_due() {
  const std::int64_t now = unix_ms(worker_.clock().wall());
  for (auto& entry : entries_) {
    const std::int64_t tick = now / milliseconds(entry.periodic.every);
    if (tick == entry.left_tick) continue;
    NewJob job = entry.periodic.job;
    job.idempotency_key = "periodic:" + entry.periodic.name + ":" + std::to_string(tick);
    job.keep_key_for = 2 * entry.periodic.every;
    std::vector<NewJob> jobs;
    jobs.push_back(std::move(job));
    const auto left = co_await queue_.enqueue(worker_, std::move(jobs));
    if (left) {
      entry.left_tick = tick;
    } else {
      log_.warning("STORE_FAILED", left.error().for_log());
    }
  }
}

Deadline Schedule::next() const {
  const std::int64_t now = unix_ms(worker_.clock().wall());
  Duration wait = kLongestWait;
  for (const auto& entry : entries_) {
    const std::int64_t every = milliseconds(entry.periodic.every);
    wait = std::min<Duration>(wait, std::chrono::milliseconds(every - now % every));
  }
  return worker_.in(wait);
}

async::Task<void> Schedule::run() {
  while (!is_stopping_.is_set()) {
    co_await leave_due();
    co_await is_stopping_.wait(next());
  }
}

}  // namespace gatehouse::jobs
