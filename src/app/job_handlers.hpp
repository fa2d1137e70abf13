// The jobs that keep the house.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "gatehouse/chat/conversations.hpp"
#include "gatehouse/jobs/job_handler.hpp"
#include "gatehouse/settings/settings.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::app {

inline constexpr std::string_view kMaintenanceQueue = "maintenance";
inline constexpr std::string_view kExpireConversations = "expire-conversations";
inline constexpr std::string_view kRemoveEndedJobs = "remove-ended-jobs";

// What comes by itself, and may be asked for by operators as well.
struct Upkeep {
  std::string_view kind;
  Duration every;
};
inline constexpr std::array kUpkeep = {
    Upkeep{kExpireConversations, std::chrono::minutes(10)},
    Upkeep{kRemoveEndedJobs, std::chrono::hours(1)},
};
jobs::NewJob upkeep_job(std::string_view kind);
std::vector<jobs::NewJob> upkeep_jobs();

// Removes conversations whose time is over.
class ExpireConversations final : public jobs::JobHandler {
 public:
  ExpireConversations(chat::Conversations& conversations, telemetry::Log& log)
      : conversations_(conversations), log_(log) {}
  async::Task<Result<jobs::JobResult>> run(jobs::JobContext& context) override;

 private:
  chat::Conversations& conversations_;
  telemetry::Log& log_;
};

// Removes jobs that ended long ago.
class RemoveEndedJobs final : public jobs::JobHandler {
 public:
  RemoveEndedJobs(jobs::JobStore& store, const settings::JobSettings& settings)
      : store_(store), settings_(settings) {}
  async::Task<Result<jobs::JobResult>> run(jobs::JobContext& context) override;

 private:
  jobs::JobStore& store_;
  const settings::JobSettings settings_;
};

}  // namespace gatehouse::app
