#include "job_handlers.hpp"

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::app {
namespace {

jobs::JobResult removed_of(std::uint64_t count) {
  jobs::JobResult result;
  JsonWriter(result.bytes).begin_object().member("removed", count).end_object();
  return result;
}

}  // namespace

jobs::NewJob upkeep_job(std::string_view kind) {
  return {.queue = std::string(kMaintenanceQueue), .kind = std::string(kind), .priority = 2};
}

std::vector<jobs::NewJob> upkeep_jobs() {
  std::vector<jobs::NewJob> all;
  for (const auto& upkeep : kUpkeep) all.push_back(upkeep_job(upkeep.kind));
  return all;
}

async::Task<Result<jobs::JobResult>> ExpireConversations::run(jobs::JobContext& context) {
  const auto removed =
      co_await conversations_.remove_expired(context.worker(), context.worker().clock().wall());
  if (!removed) co_return std::unexpected(removed.error());
  if (*removed > 0) {
    log_.info("CONVERSATIONS_EXPIRED", "Expired conversations were removed.",
              {{"count", *removed}});
  }
  co_return removed_of(*removed);
}

async::Task<Result<jobs::JobResult>> RemoveEndedJobs::run(jobs::JobContext& context) {
  const WallTime now = context.worker().clock().wall();
  const auto before = [now](Duration age) {
    return now - std::chrono::duration_cast<std::chrono::milliseconds>(age);
  };
  const auto removed =
      co_await store_.remove_ended(context.worker(), {.done_before = before(settings_.done_kept),
                                                      .dead_before = before(settings_.dead_kept),
                                                      .now = now});
  if (!removed) co_return std::unexpected(removed.error());
  co_return removed_of(*removed);
}

}  // namespace gatehouse::app
