// All that runs jobs in one process: on the first worker of the server, or alone.
#pragma once

#include "gatehouse/jobs/job_queue.hpp"
#include "gatehouse/jobs/runner.hpp"
#include "gatehouse/jobs/schedule.hpp"
#include "job_handlers.hpp"

namespace gatehouse::app {

struct JobParts {
  async::Worker& worker;
  jobs::JobQueue& queue;
  chat::Conversations& conversations;
  Random& random;
  telemetry::Log& log;
  async::TaskGroup::OnException on_exception;
  std::vector<jobs::JobKind> kinds = {};  // these two: beside the house's own
  std::vector<jobs::Periodic> periodic = {};
};

// One row of kinds() for each kind of job. Used on its worker, but for wake().
class JobUnit {
 public:
  JobUnit(const settings::JobSettings& settings, const JobParts& parts);

  // Leaves the jobs that come by themselves, and runs what there is.
  void begin();
  void wake() { runner_.wake(); }
  // What runs may end until the deadline; what doesn't is given back.
  async::Task<void> drain(Deadline deadline);

 private:
  std::vector<jobs::JobKind> kinds(std::vector<jobs::JobKind> all);

  ExpireConversations expire_conversations_;
  RemoveEndedJobs remove_ended_jobs_;
  jobs::Schedule schedule_;
  jobs::Runner runner_;
  async::TaskGroup tasks_;
};

}  // namespace gatehouse::app
