#include "job_unit.hpp"

namespace gatehouse::app {
namespace {

std::vector<jobs::Periodic> periodic_jobs(std::vector<jobs::Periodic> all) {
  for (const auto& upkeep : kUpkeep) {
    all.push_back(
        {.name = std::string(upkeep.kind), .every = upkeep.every, .job = upkeep_job(upkeep.kind)});
  }
  return all;
}

jobs::RunnerSettings runner_settings(const settings::JobSettings& from) {
  return {.rooms = {{.queue = "ai", .jobs = from.ai},
                    {.queue = "image", .jobs = from.image},
                    {.queue = "ingest", .jobs = from.ingest},
                    {.queue = "webhook", .jobs = from.webhook},
                    {.queue = std::string(kMaintenanceQueue), .jobs = from.maintenance}},
          .lease = from.lease};
}

}  // namespace

JobUnit::JobUnit(const settings::JobSettings& settings, const JobParts& parts)
    : expire_conversations_(parts.conversations, parts.log),
      remove_ended_jobs_(parts.queue.store(), settings),
      schedule_(parts.worker, parts.queue, parts.log, periodic_jobs(parts.periodic)),
      runner_({parts.worker, parts.queue.store(), parts.random, parts.log, parts.on_exception},
              runner_settings(settings), kinds(parts.kinds)),
      tasks_(parts.worker, parts.on_exception) {}

std::vector<jobs::JobKind> JobUnit::kinds(std::vector<jobs::JobKind> all) {
  all.push_back({.name = std::string(kExpireConversations), .handler = expire_conversations_});
  all.push_back({.name = std::string(kRemoveEndedJobs), .handler = remove_ended_jobs_});
  return all;
}

void JobUnit::begin() {
  tasks_.spawn("schedule", schedule_.run());
  runner_.start();
}

async::Task<void> JobUnit::drain(Deadline deadline) {
  schedule_.stop();
  co_await runner_.drain(deadline);
  co_await tasks_.join();
}

}  // namespace gatehouse::app
