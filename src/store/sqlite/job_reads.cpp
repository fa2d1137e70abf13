#include <algorithm>

#include "blobs.hpp"
#include "gatehouse/base/text.hpp"
#include "job_rows.hpp"

namespace gatehouse::store::sqlite {
namespace {

using jobs::Job;
using jobs::JobState;

constexpr std::uint32_t kPageMax = 200;
constexpr std::string_view kWaiting = "waiting";

JobState state_in(const SQLite::Column& column, WallTime run_at, WallTime now) {
  const std::string name = column.getString();
  if (name == kWaiting) return run_at > now ? JobState::kScheduled : JobState::kReady;
  return jobs::job_state_of(name).value_or(JobState::kDead);
}

std::uint64_t natural(const SQLite::Column& column) {
  return static_cast<std::uint64_t>(column.getInt64());
}

// What the state is called in the table; empty for all.
std::string stored_name(const std::optional<JobState>& state) {
  if (!state) return {};
  const bool is_waiting = *state == JobState::kScheduled || *state == JobState::kReady;
  return std::string(is_waiting ? kWaiting : jobs::name_of(*state));
}

}  // namespace

Job job_of(SQLite::Statement& row, WallTime now) {
  const WallTime run_at = wall_time(row.getColumn(11));
  return {.id = row.getColumn(0).getString(),
          .site = row.getColumn(1).getString(),
          .queue = row.getColumn(2).getString(),
          .kind = row.getColumn(3).getString(),
          .payload = {},
          .priority = static_cast<std::uint8_t>(row.getColumn(4).getInt()),
          .state = state_in(row.getColumn(5), run_at, now),
          .owner = row.getColumn(6).getString(),
          .attempt = row.getColumn(7).getUInt(),
          .max_attempts = row.getColumn(8).getUInt(),
          .fence = natural(row.getColumn(9)),
          .created_at = wall_time(row.getColumn(10)),
          .run_at = run_at,
          .lease_until = time_in(row.getColumn(12)),
          .started_at = time_in(row.getColumn(13)),
          .ended_at = time_in(row.getColumn(14)),
          .is_cancel_asked = row.getColumn(15).getInt() != 0,
          .progress = {.percent = row.getColumn(16).getUInt(),
                       .message = row.getColumn(17).getString()},
          .reason = row.getColumn(18).getString(),
          .result = blob_in(row.getColumn(19))};
}

Result<Job> find_job(Connection& connection, const std::string& site, const std::string& id,
                     WallTime now) {
  auto& row =
      connection.prepared("SELECT " GATEHOUSE_JOB_COLUMNS " FROM jobs WHERE id = ?1 AND site = ?2");
  with_values(row, id, site);
  if (!row.executeStep()) return jobs::job_not_found();
  return job_of(row, now);
}

Result<jobs::JobPage> list_jobs(Connection& connection, const jobs::JobFilter& filter,
                                const std::string& after, std::uint32_t limit, WallTime now) {
  const auto place = after.empty() ? std::optional<std::uint64_t>(INT64_MAX)
                                   : parse_u64(from_base64url(after).value_or(std::string()));
  if (!place || *place > INT64_MAX) {
    return fail_field("after", "This isn't the end of a page. Pass `next` as it was received.");
  }
  const std::uint32_t wanted = std::clamp(limit, 1U, kPageMax);
  auto& rows = connection.prepared(
      "SELECT " GATEHOUSE_JOB_COLUMNS
      " FROM jobs WHERE site = ?1 AND sequence < ?2 AND (?3 = '' OR queue = ?3) "
      "AND (?4 = '' OR state = ?4) AND (?5 <> 'scheduled' OR run_at > ?6) "
      "AND (?5 <> 'ready' OR run_at <= ?6) ORDER BY sequence DESC LIMIT ?7");
  const std::string state(filter.state ? jobs::name_of(*filter.state) : std::string_view());
  with_values(rows, filter.site, static_cast<std::int64_t>(*place), filter.queue,
              stored_name(filter.state), state, unix_ms(now), wanted + 1);
  jobs::JobPage page;
  std::int64_t last = 0;
  while (rows.executeStep()) {
    if (page.jobs.size() == wanted) {
      page.next = to_base64url(std::to_string(last));
      break;
    }
    page.jobs.push_back(job_of(rows, now));
    last = rows.getColumn(20).getInt64();
  }
  return page;
}

std::vector<jobs::QueueStatistics> job_statistics(Connection& connection, WallTime now) {
  // Each count reads an index that holds what it counts and little else.
  auto& rows = connection.prepared(
      "SELECT t.site, t.queue, t.done, t.retried, t.dead, t.run_ms,"
      " (SELECT COUNT(*) FROM jobs j WHERE j.state = 'waiting' AND j.queue = t.queue"
      "   AND j.site = t.site AND j.run_at <= ?1),"
      " (SELECT COUNT(*) FROM jobs j WHERE j.state = 'waiting' AND j.queue = t.queue"
      "   AND j.site = t.site AND j.run_at > ?1),"
      " (SELECT COUNT(*) FROM jobs j INDEXED BY jobs_running WHERE j.state = 'running'"
      "   AND j.queue = t.queue AND j.site = t.site),"
      " (SELECT MIN(j.run_at) FROM jobs j WHERE j.state = 'waiting' AND j.queue = t.queue"
      "   AND j.site = t.site AND j.run_at <= ?1),"
      " (SELECT COUNT(*) FROM jobs j INDEXED BY jobs_ended WHERE j.state = 'dead'"
      "   AND j.ended_at IS NOT NULL AND j.queue = t.queue AND j.site = t.site)"
      " FROM job_totals t ORDER BY t.site, t.queue");
  with_values(rows, unix_ms(now));
  std::vector<jobs::QueueStatistics> queues;
  while (rows.executeStep()) {
    queues.push_back({.site = rows.getColumn(0).getString(),
                      .queue = rows.getColumn(1).getString(),
                      .ready = natural(rows.getColumn(6)),
                      .scheduled = natural(rows.getColumn(7)),
                      .running = natural(rows.getColumn(8)),
                      .oldest_ready = time_in(rows.getColumn(9)),
                      .dead_now = natural(rows.getColumn(10)),
                      .done = natural(rows.getColumn(2)),
                      .retried = natural(rows.getColumn(3)),
                      .dead = natural(rows.getColumn(4)),
                      .run_ms = natural(rows.getColumn(5))});
  }
  return queues;
}

}  // namespace gatehouse::store::sqlite
