// The jobs of the worker that runs them.
#include "worker_unit.hpp"

namespace gatehouse::app {

void WorkerUnit::take_jobs() {
  JobParts parts{worker_, *house_.job_queue, *house_.conversations, house_.random,
                 log_,    on_exception_};
  if (house_.settings.line.is_used()) {
    line_ = std::make_unique<LineUnit>(
        house_, LineWorkerParts{worker_, guards_, policy_, responders_.route(), counters_, log_,
                                on_exception_});
    parts.kinds = line_->kinds();
    parts.periodic = LineUnit::periodic();
  }
  jobs_ = std::make_unique<JobUnit>(house_.settings.jobs, parts);
  house_.job_queue->set_bell([this] { jobs_->wake(); });
}

async::Task<void> WorkerUnit::count_jobs() {
  auto counts = co_await house_.job_store->statistics(worker_, house_.clock.wall());
  if (counts) {
    house_.job_counts.put(std::move(*counts));
  } else {
    log_.warning("STORE_FAILED", counts.error().for_log());
  }
}

}  // namespace gatehouse::app
