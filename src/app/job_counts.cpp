#include "job_counts.hpp"

namespace gatehouse::app {
namespace {

constexpr auto kLongWait = std::chrono::minutes(5);

}  // namespace

std::string JobCounts::trouble(WallTime now) const {
  for (const auto& queue : latest()) {
    if (queue.oldest_ready && now - *queue.oldest_ready > kLongWait)
      return "jobs of the queue " + queue.queue + " wait for more than 5 minutes";
  }
  return {};
}

}  // namespace gatehouse::app
