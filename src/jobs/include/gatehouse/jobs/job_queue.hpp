// Where the rest of the house leaves work.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "gatehouse/jobs/job_store.hpp"

namespace gatehouse::jobs {

// The store, and a bell for who runs jobs in this process. Safe from any worker once the bell is
// set, which is before any of them runs.
class JobQueue {
 public:
  explicit JobQueue(JobStore& store) : store_(store) {}

  // `ring` is called from any thread; without it, jobs are found by those who look for them.
  void set_bell(std::function<void()> ring) { ring_ = std::move(ring); }
  JobStore& store() { return store_; }

  // Durable when it returns, and begun at once where there is room.
  async::Task<Result<std::vector<Enqueued>>> enqueue(async::Worker& home,
                                                     std::vector<NewJob> jobs) {
    auto enqueued = co_await store_.enqueue(home, std::move(jobs), home.clock().wall());
    if (enqueued) ring();
    co_return enqueued;
  }
  // Something changed that who runs jobs may want to know.
  void ring() const {
    if (ring_) ring_();
  }

 private:
  JobStore& store_;
  std::function<void()> ring_;
};

}  // namespace gatehouse::jobs
