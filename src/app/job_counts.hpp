// What was last counted of jobs, for those who can't wait for the store.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "gatehouse/jobs/job_store.hpp"

namespace gatehouse::app {

// Safe from any thread.
class JobCounts {
 public:
  std::vector<jobs::QueueStatistics> latest() const {
    const std::lock_guard lock(mutex_);
    return queues_;
  }
  void put(std::vector<jobs::QueueStatistics> queues) {
    const std::lock_guard lock(mutex_);
    queues_ = std::move(queues);
  }
  // What is wrong, in words for operators; empty: nothing.
  std::string trouble(WallTime now) const;

 private:
  mutable std::mutex mutex_;
  std::vector<jobs::QueueStatistics> queues_;
};

}  // namespace gatehouse::app
