// What does the work of one kind of job.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gatehouse/async/cancellation.hpp"
#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/jobs/job_store.hpp"

namespace gatehouse::jobs {

struct JobResult {
  std::string bytes = {};  // what the job tells, at most kMaxResultBytes
};

// One attempt, as its handler sees it. Lives on one worker, as long as the attempt does.
class JobContext {
 public:
  JobContext(async::Worker& worker, JobStore& store, Job job, Deadline deadline)
      : worker_(worker), store_(store), job_(std::move(job)), deadline_(deadline) {}

  const Job& job() const { return job_; }
  std::string_view payload() const { return job_.payload; }
  std::uint32_t attempt() const { return job_.attempt; }  // 1 is the first
  Deadline deadline() const { return deadline_; }
  async::Worker& worker() const { return worker_; }
  // Cancelled at the deadline, when somebody cancels the job, when it was given to another, and
  // when a drain is over. A handler ends soon afterwards.
  async::Cancellation& cancellation() { return cancellation_; }
  Holding holding() const { return {.id = job_.id, .fence = job_.fence}; }

  // Shown to whoever looks. What comes less than kReportInterval after another is passed over, but
  // for the 100th percent.
  async::Task<void> report(std::uint32_t percent, std::string message);
  static constexpr Duration kReportInterval = std::chrono::milliseconds(200);

 private:
  async::Worker& worker_;
  JobStore& store_;
  const Job job_;
  const Deadline deadline_;
  async::Cancellation cancellation_;
  TimePoint next_report_{};
};

// One for all jobs of its kind; many attempts run in it at once, on the runner's worker. Attempts
// are repeated: after a crash, a failure, and when a lease ran out while the first one still ran.
// So an effect outside carries the job's id, or is one that can be had twice.
class JobHandler {
 public:
  virtual ~JobHandler() = default;
  // An error ends the attempt. Whether there is another says makes_sense_again().
  virtual async::Task<Result<JobResult>> run(JobContext& context) = 0;
};

}  // namespace gatehouse::jobs
