// Jobs, as their owners and operators see them, under /api/v1/jobs.
#pragma once

#include <memory>
#include <vector>

#include "gatehouse/audit/log.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/http/message.hpp"
#include "gatehouse/jobs/job_queue.hpp"
#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::channels {

// What the handlers of one worker share; everything outlives them.
struct JobsParts {
  async::Worker& worker;
  jobs::JobQueue& queue;
  audit::Log& audit;
  guard::Pipeline& guards;
  telemetry::Counters& counters;
  std::vector<jobs::NewJob> startable;  // by their kinds
  Duration heartbeat{};                 // of streams of events
};

using JobsHandler = http::Handler<guard::Admitted<http::Request>>;

// The handlers, by what they do. One set per worker. What isn't said to be for owners is for
// operators alone.
struct JobsHandlers {
  std::unique_ptr<JobsHandler> list;     // GET /api/v1/jobs
  std::unique_ptr<JobsHandler> start;    // POST /api/v1/jobs
  std::unique_ptr<JobsHandler> read;     // GET /api/v1/jobs/{id}, for its owner, too
  std::unique_ptr<JobsHandler> events;   // GET /api/v1/jobs/{id}/events, for its owner, too
  std::unique_ptr<JobsHandler> cancel;   // POST /api/v1/jobs/{id}/cancel, for its owner, too
  std::unique_ptr<JobsHandler> requeue;  // POST /api/v1/jobs/{id}/requeue
};
JobsHandlers make_jobs_handlers(std::shared_ptr<const JobsParts> parts);

}  // namespace gatehouse::channels
