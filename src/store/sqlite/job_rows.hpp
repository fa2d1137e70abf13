// What a job is in tables: each function is a part of one transaction that the caller began, and
// throws what SQLite throws.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gatehouse/base/random.hpp"
#include "gatehouse/jobs/job_store.hpp"
#include "gatehouse/jobs/priority_turns.hpp"
#include "gatehouse/store/sqlite/connection.hpp"

namespace gatehouse::store::sqlite {

// In the order that job_of() reads them.
#define GATEHOUSE_JOB_COLUMNS                                                                 \
  "id, site, queue, kind, priority, state, owner, attempt, max_attempts, fence, created_at, " \
  "run_at, lease_until, started_at, ended_at, is_cancel_asked, percent, message, reason, "    \
  "result, sequence"

// Without its payload. A waiting one is scheduled or ready by `now`.
jobs::Job job_of(SQLite::Statement& row, WallTime now);

std::vector<jobs::Enqueued> insert_jobs(Connection& connection,
                                        const std::vector<jobs::NewJob>& jobs, Random& random,
                                        WallTime now);
// Those whose leases ran out are ready again, or dead: the dead ones.
std::vector<jobs::Job> end_leases(Connection& connection, WallTime now);
std::vector<jobs::Job> claim_jobs(Connection& connection, const jobs::Claim& claim,
                                  std::map<std::string, jobs::PriorityTurns>& turns);
std::vector<std::string> stopping_jobs(Connection& connection);

jobs::Hold extend_lease(Connection& connection, const jobs::Holding& holding, WallTime until);
Result<void> write_progress(Connection& connection, const jobs::Holding& holding,
                            const jobs::Progress& progress);
Result<void> complete_job(Connection& connection, const jobs::Holding& holding,
                          const std::string& result, WallTime now);
Result<jobs::JobState> fail_job(Connection& connection, const jobs::Holding& holding,
                                const jobs::Failure& failure, WallTime now);
Result<void> release_job(Connection& connection, const jobs::Holding& holding, WallTime now);
Result<jobs::JobState> cancel_job(Connection& connection, const std::string& site,
                                  const std::string& id, WallTime now);
Result<void> requeue_job(Connection& connection, const std::string& site, const std::string& id,
                         WallTime now);
// At most `limit` of each state, so that nobody waits long behind it; and keys as many.
std::uint64_t remove_ended_jobs(Connection& connection, const jobs::Ended& ended,
                                std::uint32_t limit);

Result<jobs::Job> find_job(Connection& connection, const std::string& site, const std::string& id,
                           WallTime now);
Result<jobs::JobPage> list_jobs(Connection& connection, const jobs::JobFilter& filter,
                                const std::string& after, std::uint32_t limit, WallTime now);
std::vector<jobs::QueueStatistics> job_statistics(Connection& connection, WallTime now);

}  // namespace gatehouse::store::sqlite
