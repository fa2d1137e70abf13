// Jobs that come again and again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/jobs/job_queue.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::jobs {

struct Periodic {
  std::string name;
  Duration every = std::chrono::hours(1);
  NewJob job;
};

// Leaves each job once for each of its ticks, which are counted from 1970. The tick stands in the
// job's key, so that of several processes that do this one leaves it, and after a restart nothing
// comes twice. Of ticks that were missed the latest is made up for. On one worker.
class Schedule {
 public:
  Schedule(async::Worker& worker, JobQueue& queue, telemetry::Log& log, std::vector<Periodic> all);

  async::Task<void> run();  // until stop()
  void stop() { is_stopping_.set(); }

 private:
  async::Task<void> leave_due();
  Deadline next() const;

  struct Entry {
    Periodic periodic;
    std::int64_t left_tick = -1;
  };

  async::Worker& worker_;
  JobQueue& queue_;
  telemetry::Log& log_;
  std::vector<Entry> entries_;
  async::Signal is_stopping_;
};

}  // namespace gatehouse::jobs
