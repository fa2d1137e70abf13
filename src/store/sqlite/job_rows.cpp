#include "job_rows.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "blobs.hpp"
#include "gatehouse/base/id.hpp"
#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::store::sqlite {
namespace {

using jobs::Holding;
using jobs::Job;
using jobs::JobState;

constexpr std::string_view kLeaseRanOut = "Whoever ran it was gone before it was done.";

// The job that the key has already: one that has not ended, or for as long as it was asked to.
std::optional<std::string> job_of_key(Connection& connection, const jobs::NewJob& job,
                                      WallTime now) {
  if (job.idempotency_key.empty()) return std::nullopt;
  auto& row = connection.prepared(
      "SELECT k.job FROM job_keys k LEFT JOIN jobs j ON j.id = k.job "
      "WHERE k.site = ?1 AND k.queue = ?2 AND k.key = ?3 "
      "AND (k.kept_until > ?4 OR j.state IN ('waiting', 'running'))");
  with_values(row, job.site, job.queue, job.idempotency_key, unix_ms(now));
  if (!row.executeStep()) return std::nullopt;
  return row.getColumn(0).getString();
}

void insert_job(Connection& connection, const jobs::NewJob& job, const std::string& id,
                WallTime now) {
  auto& row = connection.prepared(
      "INSERT INTO jobs (site, id, queue, kind, priority, state, owner, max_attempts, created_at, "
      "run_at) VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?7, ?8, ?9)");
  with_values(row, job.site, id, job.queue, job.kind, static_cast<int>(job.priority), job.owner,
              std::int64_t{job.max_attempts}, unix_ms(now), unix_ms(std::max(job.run_at, now)))
      .exec();
  auto& payload = connection.prepared("INSERT INTO job_payloads (job, payload) VALUES (?1, ?2)");
  payload.bind(1, connection.getLastInsertRowid());
  bind_blob(payload, 2, job.payload);
  payload.exec();
  auto& known = connection.prepared(
      "INSERT INTO job_totals (site, queue) VALUES (?1, ?2) "
      "ON CONFLICT DO NOTHING");
  with_values(known, job.site, job.queue).exec();
  if (job.idempotency_key.empty()) return;
  const WallTime kept_until =
      now + std::chrono::duration_cast<std::chrono::milliseconds>(job.keep_key_for);
  auto& key = connection.prepared(
      "INSERT INTO job_keys (site, queue, key, job, kept_until) VALUES (?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT DO UPDATE SET job = excluded.job, kept_until = excluded.kept_until");
  with_values(key, job.site, job.queue, job.idempotency_key, id, unix_ms(kept_until)).exec();
}

void count_done(Connection& connection, const Job& job, WallTime now) {
  auto& row = connection.prepared(
      "UPDATE job_totals SET done = done + 1, run_ms = run_ms + ?3 "
      "WHERE site = ?1 AND queue = ?2");
  const auto run_ms =
      std::max<std::int64_t>(0, unix_ms(now) - unix_ms(job.started_at.value_or(now)));
  with_values(row, job.site, job.queue, run_ms).exec();
}

// Of an attempt that failed.
void count_failure(Connection& connection, const Job& job, JobState state) {
  auto& row = connection.prepared(
      "UPDATE job_totals SET retried = retried + ?3, dead = dead + ?4 "
      "WHERE site = ?1 AND queue = ?2");
  with_values(row, job.site, job.queue, state == JobState::kReady ? 1 : 0,
              state == JobState::kDead ? 1 : 0)
      .exec();
}

// The job, if it runs and is still this one's.
Result<Job> held_job(Connection& connection, const Holding& holding) {
  auto& row = connection.prepared("SELECT " GATEHOUSE_JOB_COLUMNS " FROM jobs WHERE id = ?1");
  with_values(row, holding.id);
  if (!row.executeStep()) return jobs::job_not_found();
  Job job = job_of(row, WallTime());
  if (job.state != JobState::kRunning || job.fence != holding.fence) return jobs::job_is_lost();
  return job;
}

// What nobody runs any more needs no payload, and people may have written it.
void drop_payload(Connection& connection, const std::string& id) {
  auto& row = connection.prepared(
      "DELETE FROM job_payloads WHERE job = (SELECT sequence FROM jobs WHERE id = ?1)");
  with_values(row, id).exec();
}

// For good, with why. A dead one may be tried again.
void end_job(Connection& connection, const std::string& id, JobState state, std::string_view reason,
             WallTime now) {
  auto& row = connection.prepared(
      "UPDATE jobs SET state = ?2, reason = ?3, ended_at = ?4, lease_until = NULL WHERE id = ?1");
  with_values(row, id, std::string(jobs::name_of(state)), std::string(reason), unix_ms(now)).exec();
  if (state != JobState::kDead) drop_payload(connection, id);
}

void await_again(Connection& connection, const std::string& id, std::string_view reason,
                 WallTime run_at, std::uint32_t attempt) {
  auto& row = connection.prepared(
      "UPDATE jobs SET state = 'waiting', reason = ?2, run_at = ?3, attempt = ?4, "
      "lease_until = NULL, ended_at = NULL WHERE id = ?1");
  with_values(row, id, std::string(reason), unix_ms(run_at), std::int64_t{attempt}).exec();
}

// What becomes of a job whose attempt came to nothing.
JobState after_failure(Connection& connection, const Job& job, const jobs::Failure& failure,
                       WallTime now) {
  JobState state = JobState::kReady;
  if (!failure.retry_at || job.attempt >= job.max_attempts) state = JobState::kDead;
  if (job.is_cancel_asked) state = JobState::kCancelled;
  const std::string reason = jobs::cut_text(failure.reason);
  if (state == JobState::kReady) {
    await_again(connection, job.id, reason, *failure.retry_at, job.attempt);
  } else {
    end_job(connection, job.id, state, reason, now);
  }
  count_failure(connection, job, state);
  return state;
}

std::string json_of(const std::vector<std::string>& names) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const auto& name : names) json.string(name);
  json.end_array();
  return text;
}

// A claimed job, and where it stands among those of its time.
struct Taken {
  Job job;
  std::int64_t sequence = 0;
};

// At most `count` of one queue and priority.
void claim_some(Connection& connection, const jobs::Claim& claim, const std::string& queue,
                unsigned priority, std::uint32_t count, const std::string& kinds,
                std::vector<Taken>& out) {
  if (count == 0) return;
  auto& rows = connection.prepared(
      "UPDATE jobs SET state = 'running', attempt = attempt + 1, fence = fence + 1, "
      "started_at = ?5, lease_until = ?6, percent = 0, message = '' WHERE sequence IN "
      "(SELECT sequence FROM jobs INDEXED BY jobs_waiting WHERE state = 'waiting' AND queue = ?1 "
      "AND priority = ?2 AND run_at <= ?5 AND kind IN (SELECT value FROM json_each(?4)) "
      "ORDER BY run_at, sequence LIMIT ?3) RETURNING " GATEHOUSE_JOB_COLUMNS);
  const WallTime until =
      claim.now + std::chrono::duration_cast<std::chrono::milliseconds>(claim.lease);
  with_values(rows, queue, static_cast<int>(priority), std::int64_t{count}, kinds,
              unix_ms(claim.now), unix_ms(until));
  while (rows.executeStep())
    out.push_back({job_of(rows, claim.now), rows.getColumn(20).getInt64()});
}

void add_payload(Connection& connection, Taken& taken) {
  auto& row = connection.prepared("SELECT payload FROM job_payloads WHERE job = ?1");
  if (with_values(row, taken.sequence).executeStep()) taken.job.payload = blob_in(row.getColumn(0));
}

}  // namespace

std::vector<jobs::Enqueued> insert_jobs(Connection& connection,
                                        const std::vector<jobs::NewJob>& jobs, Random& random,
                                        WallTime now) {
  std::vector<jobs::Enqueued> enqueued;
  for (const auto& job : jobs) {
    auto known = job_of_key(connection, job, now);
    const bool is_new = !known;
    if (is_new) {
      known = make_uuid_v7(now, random);
      insert_job(connection, job, *known, now);
    }
    enqueued.push_back({.id = std::move(*known), .is_new = is_new});
  }
  return enqueued;
}

std::vector<Job> end_leases(Connection& connection, WallTime now) {
  std::vector<Job> late;
  auto& rows = connection.prepared("SELECT " GATEHOUSE_JOB_COLUMNS
                                   " FROM jobs INDEXED BY jobs_running "
                                   "WHERE state = 'running' AND lease_until <= ?1");
  with_values(rows, unix_ms(now));
  while (rows.executeStep()) late.push_back(job_of(rows, now));
  std::vector<Job> dead;
  for (auto& job : late) {
    const auto state = after_failure(
        connection, job, {.reason = std::string(kLeaseRanOut), .retry_at = job.run_at}, now);
    if (state != JobState::kDead) continue;
    job.reason = kLeaseRanOut;
    dead.push_back(std::move(job));
  }
  return dead;
}

std::vector<Job> claim_jobs(Connection& connection, const jobs::Claim& claim,
                            std::map<std::string, jobs::PriorityTurns>& turns) {
  std::vector<Job> claimed;
  const std::string kinds = json_of(claim.kinds);
  for (const auto& [queue, room] : claim.rooms) {
    std::vector<Taken> taken;
    const auto shares = turns[queue].take(room);
    for (unsigned priority = 0; priority < jobs::kPriorities; ++priority)
      claim_some(connection, claim, queue, priority, shares[priority], kinds, taken);
    // What a priority had no use for goes to the first that has.
    for (unsigned priority = 0; priority < jobs::kPriorities && taken.size() < room; ++priority) {
      const auto left = room - static_cast<std::uint32_t>(taken.size());
      claim_some(connection, claim, queue, priority, left, kinds, taken);
    }
    std::ranges::sort(taken, {}, [](const Taken& each) {
      return std::tuple(each.job.priority, each.job.run_at, each.sequence);
    });
    for (auto& each : taken) {
      add_payload(connection, each);
      claimed.push_back(std::move(each.job));
    }
  }
  return claimed;
}

std::vector<std::string> stopping_jobs(Connection& connection) {
  auto& rows = connection.prepared(
      "SELECT id FROM jobs INDEXED BY jobs_running WHERE state = 'running' AND is_cancel_asked = "
      "1");
  std::vector<std::string> ids;
  while (rows.executeStep()) ids.push_back(rows.getColumn(0).getString());
  return ids;
}

jobs::Hold extend_lease(Connection& connection, const Holding& holding, WallTime until) {
  const auto job = held_job(connection, holding);
  if (!job) return jobs::Hold::kLost;
  auto& row = connection.prepared("UPDATE jobs SET lease_until = ?2 WHERE id = ?1");
  with_values(row, holding.id, unix_ms(until)).exec();
  return job->is_cancel_asked ? jobs::Hold::kStopping : jobs::Hold::kHeld;
}

Result<void> write_progress(Connection& connection, const Holding& holding,
                            const jobs::Progress& progress) {
  const auto job = held_job(connection, holding);
  if (!job) return std::unexpected(job.error());
  auto& row = connection.prepared("UPDATE jobs SET percent = ?2, message = ?3 WHERE id = ?1");
  with_values(row, holding.id, std::int64_t{std::min(progress.percent, 100U)},
              jobs::cut_text(progress.message))
      .exec();
  return {};
}

Result<void> complete_job(Connection& connection, const Holding& holding, const std::string& result,
                          WallTime now) {
  const auto job = held_job(connection, holding);
  if (!job) return std::unexpected(job.error());
  auto& row = connection.prepared(
      "UPDATE jobs SET state = 'done', percent = 100, reason = '', result = ?2, ended_at = ?3, "
      "lease_until = NULL WHERE id = ?1");
  row.bind(1, holding.id);
  bind_blob(row, 2, result);
  row.bind(3, unix_ms(now));
  row.exec();
  drop_payload(connection, job->id);
  count_done(connection, *job, now);
  return {};
}

Result<JobState> fail_job(Connection& connection, const Holding& holding,
                          const jobs::Failure& failure, WallTime now) {
  const auto job = held_job(connection, holding);
  if (!job) return std::unexpected(job.error());
  const JobState state = after_failure(connection, *job, failure, now);
  const bool is_later = state == JobState::kReady && *failure.retry_at > now;
  return is_later ? JobState::kScheduled : state;
}

Result<void> release_job(Connection& connection, const Holding& holding, WallTime now) {
  const auto job = held_job(connection, holding);
  if (!job) return std::unexpected(job.error());
  if (job->is_cancel_asked) {
    end_job(connection, job->id, JobState::kCancelled, job->reason, now);
  } else {
    await_again(connection, job->id, job->reason, job->run_at, job->attempt - 1);
  }
  return {};
}

Result<JobState> cancel_job(Connection& connection, const std::string& site, const std::string& id,
                            WallTime now) {
  const auto job = find_job(connection, site, id, now);
  if (!job) return std::unexpected(job.error());
  if (jobs::has_ended(job->state)) return fail(ErrorCode::kConflict, "This job has ended already.");
  if (job->state != JobState::kRunning) {
    end_job(connection, id, JobState::kCancelled, job->reason, now);
    return JobState::kCancelled;
  }
  auto& row = connection.prepared("UPDATE jobs SET is_cancel_asked = 1 WHERE id = ?1");
  with_values(row, id).exec();
  return JobState::kRunning;
}

Result<void> requeue_job(Connection& connection, const std::string& site, const std::string& id,
                         WallTime now) {
  const auto job = find_job(connection, site, id, now);
  if (!job) return std::unexpected(job.error());
  if (job->state != JobState::kDead)
    return fail(ErrorCode::kConflict, "Only a dead job is tried again by hand.");
  await_again(connection, id, job->reason, now, 0);
  return {};
}

std::uint64_t remove_ended_jobs(Connection& connection, const jobs::Ended& ended,
                                std::uint32_t limit) {
  std::uint64_t removed = 0;
  for (const auto& [state, before] : {std::pair(JobState::kDone, ended.done_before),
                                      std::pair(JobState::kCancelled, ended.done_before),
                                      std::pair(JobState::kDead, ended.dead_before)}) {
    auto& rows = connection.prepared(
        "DELETE FROM jobs WHERE sequence IN (SELECT sequence FROM jobs INDEXED BY jobs_ended "
        "WHERE state = ?1 AND ended_at IS NOT NULL AND ended_at < ?2 LIMIT ?3)");
    removed += static_cast<std::uint64_t>(
        with_values(rows, std::string(jobs::name_of(state)), unix_ms(before), limit).exec());
  }
  auto& keys = connection.prepared(
      "DELETE FROM job_keys WHERE (site, queue, key) IN (SELECT site, queue, key FROM job_keys k "
      "WHERE k.kept_until <= ?1 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = k.job AND "
      "j.state IN ('waiting', 'running')) LIMIT ?2)");
  with_values(keys, unix_ms(ended.now), limit).exec();
  return removed;
}

}  // namespace gatehouse::store::sqlite
