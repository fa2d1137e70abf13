// For tests: jobs in memory, answered without waiting.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gatehouse/base/text.hpp"
#include "gatehouse/jobs/job_store.hpp"
#include "gatehouse/jobs/priority_turns.hpp"

namespace gatehouse::jobs::testing {

// On one worker. `is_away`: every call fails with kUnavailable, as a store does whose disk is full.
class MemoryJobs final : public JobStore {
 public:
  bool is_away = false;

  async::Task<Result<std::vector<Enqueued>>> enqueue(async::Worker&, std::vector<NewJob> jobs,
                                                     WallTime now) override {
    if (is_away) co_return away();
    if (auto checked = check_new_jobs(jobs); !checked) co_return std::unexpected(checked.error());
    std::vector<Enqueued> enqueued;
    for (auto& job : jobs) enqueued.push_back(add(std::move(job), now));
    co_return enqueued;
  }
  async::Task<Result<Claimed>> claim(async::Worker&, Claim claim) override {
    if (is_away) co_return away();
    Claimed claimed;
    end_leases(claim.now, claimed.dead);
    for (const auto& [queue, room] : claim.rooms) {
      std::vector<std::size_t> taken;
      const auto shares = turns_[queue].take(room);
      for (unsigned p = 0; p < kPriorities; ++p) take(claim, queue, p, shares[p], taken);
      for (unsigned p = 0; p < kPriorities; ++p)
        take(claim, queue, p, room - static_cast<std::uint32_t>(taken.size()), taken);
      std::ranges::sort(taken, {}, [&](std::size_t at) {
        return std::tuple(jobs_[at].priority, jobs_[at].run_at, at);
      });
      for (const auto at : taken) claimed.jobs.push_back(jobs_[at]);
    }
    for (const auto& job : jobs_) {
      if (job.state == JobState::kRunning && job.is_cancel_asked)
        claimed.stopping.push_back(job.id);
    }
    co_return claimed;
  }
  async::Task<Result<std::vector<Hold>>> extend(async::Worker&, std::vector<Holding> holdings,
                                                Duration lease, WallTime now) override {
    if (is_away) co_return away();
    std::vector<Hold> holds;
    for (const auto& holding : holdings) {
      const auto job = held(holding);
      if (job)
        (*job)->lease_until = now + std::chrono::duration_cast<std::chrono::milliseconds>(lease);
      holds.push_back(!job ? Hold::kLost : (*job)->is_cancel_asked ? Hold::kStopping : Hold::kHeld);
    }
    co_return holds;
  }
  async::Task<Result<void>> report(async::Worker&, Holding holding, Progress progress) override {
    const auto job = held(holding);
    if (!job) co_return std::unexpected(job.error());
    progress.percent = std::min(progress.percent, 100U);
    (*job)->progress = std::move(progress);
    co_return Result<void>();
  }
  async::Task<Result<void>> complete(async::Worker&, Holding holding, std::string result,
                                     WallTime now) override {
    if (is_away) co_return away();
    const auto job = held(holding);
    if (!job) co_return std::unexpected(job.error());
    auto& totals = totals_of(**job);
    ++totals.done;
    totals.run_ms += static_cast<std::uint64_t>(unix_ms(now) - unix_ms(*(*job)->started_at));
    (*job)->result = std::move(result);
    end(**job, JobState::kDone, {}, now);
    co_return Result<void>();
  }
  async::Task<Result<JobState>> fail(async::Worker&, Holding holding, Failure failure,
                                     WallTime now) override {
    if (is_away) co_return away();
    const auto job = held(holding);
    if (!job) co_return std::unexpected(job.error());
    after_failure(**job, failure, now);
    co_return shown(**job, now).state;
  }
  async::Task<Result<void>> release(async::Worker&, Holding holding, WallTime now) override {
    const auto job = held(holding);
    if (!job) co_return std::unexpected(job.error());
    if ((*job)->is_cancel_asked) {
      end(**job, JobState::kCancelled, (*job)->reason, now);
    } else {
      --(*job)->attempt;
      (*job)->state = JobState::kReady;
    }
    co_return Result<void>();
  }
  async::Task<Result<JobState>> cancel(async::Worker&, std::string site, std::string id,
                                       WallTime now) override {
    Job* const job = of(site, id);
    if (job == nullptr) co_return job_not_found();
    if (has_ended(job->state)) co_return job_is_lost();
    if (job->state == JobState::kRunning) {
      job->is_cancel_asked = true;
    } else {
      end(*job, JobState::kCancelled, job->reason, now);
    }
    co_return job->state;
  }
  async::Task<Result<void>> requeue(async::Worker&, std::string site, std::string id,
                                    WallTime now) override {
    Job* const job = of(site, id);
    if (job == nullptr) co_return job_not_found();
    if (job->state != JobState::kDead) co_return job_is_lost();
    job->state = JobState::kReady;
    job->attempt = 0;
    job->run_at = now;
    job->ended_at.reset();
    co_return Result<void>();
  }
  async::Task<Result<Job>> find(async::Worker&, std::string site, std::string id,
                                WallTime now) override {
    const Job* const job = of(site, id);
    if (job == nullptr) co_return job_not_found();
    co_return shown(*job, now);
  }
  async::Task<Result<JobPage>> list(async::Worker&, JobFilter filter, std::string after,
                                    std::uint32_t limit, WallTime now) override {
    const auto place = after.empty() ? jobs_.size() : parse_u64(after).value_or(jobs_.size() + 1);
    if (place > jobs_.size()) co_return fail_field("after", "This isn't the end of a page.");
    JobPage page;
    for (auto at = place; at > 0; --at) {
      const Job job = shown(jobs_[at - 1], now);
      if (is_gone(job) || job.site != filter.site) continue;
      if (!filter.queue.empty() && job.queue != filter.queue) continue;
      if (filter.state && job.state != *filter.state) continue;
      if (page.jobs.size() == limit) {
        page.next = std::to_string(at);
        break;
      }
      page.jobs.push_back(job);
    }
    co_return page;
  }
  async::Task<Result<std::vector<QueueStatistics>>> statistics(async::Worker&,
                                                               WallTime now) override {
    std::vector<QueueStatistics> all;
    for (const auto& [name, totals] : totals_) {
      all.push_back(totals);
      for (const auto& job : jobs_) {
        if (name == std::pair(job.site, job.queue)) count(shown(job, now), all.back());
      }
    }
    co_return all;
  }
  async::Task<Result<std::uint64_t>> remove_ended(async::Worker&, Ended ended) override {
    std::uint64_t removed = 0;
    for (auto& job : jobs_) {
      if (!job.ended_at || is_gone(job)) continue;
      const bool is_dead = job.state == JobState::kDead;
      if (*job.ended_at >= (is_dead ? ended.dead_before : ended.done_before)) continue;
      job.id.clear();
      ++removed;
    }
    co_return removed;
  }

 private:
  struct Key {
    std::string id;
    WallTime kept_until;
  };

  static std::unexpected<Error> away() {
    return gatehouse::fail(ErrorCode::kUnavailable, "The store is away.");
  }
  static bool is_gone(const Job& job) { return job.id.empty(); }
  static Job shown(const Job& job, WallTime now) {
    Job copy = job;
    if (job.state == JobState::kReady && job.run_at > now) copy.state = JobState::kScheduled;
    return copy;
  }
  static void count(const Job& job, QueueStatistics& out) {
    if (is_gone(job)) return;
    out.scheduled += job.state == JobState::kScheduled ? 1 : 0;
    out.running += job.state == JobState::kRunning ? 1 : 0;
    out.dead_now += job.state == JobState::kDead ? 1 : 0;
    if (job.state != JobState::kReady) return;
    ++out.ready;
    if (!out.oldest_ready || *out.oldest_ready > job.run_at) out.oldest_ready = job.run_at;
  }
  QueueStatistics& totals_of(const Job& job) { return totals_[{job.site, job.queue}]; }
  Job* of(const std::string& site, const std::string& id) {
    const auto found = std::ranges::find(jobs_, id, &Job::id);
    return found == jobs_.end() || found->site != site ? nullptr : &*found;
  }
  Result<Job*> held(const Holding& holding) {
    if (is_away) return away();
    const auto found = std::ranges::find(jobs_, holding.id, &Job::id);
    if (found == jobs_.end()) return job_not_found();
    if (found->state != JobState::kRunning || found->fence != holding.fence) return job_is_lost();
    return &*found;
  }
  Enqueued add(NewJob job, WallTime now) {
    const std::tuple name(job.site, job.queue, job.idempotency_key);
    if (!job.idempotency_key.empty() && keys_.contains(name)) {
      const auto& key = keys_[name];
      const Job* const known = of(job.site, key.id);
      if (key.kept_until > now || (known != nullptr && !has_ended(known->state)))
        return {.id = key.id, .is_new = false};
    }
    const std::string id = "job " + std::to_string(jobs_.size() + 1);
    keys_[name] = {id,
                   now + std::chrono::duration_cast<std::chrono::milliseconds>(job.keep_key_for)};
    totals_.try_emplace({job.site, job.queue},
                        QueueStatistics{.site = job.site, .queue = job.queue});
    jobs_.push_back({.id = id,
                     .site = job.site,
                     .queue = job.queue,
                     .kind = job.kind,
                     .payload = job.payload,
                     .priority = job.priority,
                     .owner = job.owner,
                     .max_attempts = job.max_attempts,
                     .created_at = now,
                     .run_at = std::max(job.run_at, now)});
    return {.id = id, .is_new = true};
  }
  static void end(Job& job, JobState state, const std::string& reason, WallTime now) {
    job.state = state;
    job.reason = reason;
    job.ended_at = now;
  }
  void after_failure(Job& job, const Failure& failure, WallTime now) {
    if (job.is_cancel_asked) return end(job, JobState::kCancelled, failure.reason, now);
    if (!failure.retry_at || job.attempt >= job.max_attempts) {
      ++totals_of(job).dead;
      return end(job, JobState::kDead, failure.reason, now);
    }
    ++totals_of(job).retried;
    job.state = JobState::kReady;
    job.reason = failure.reason;
    job.run_at = *failure.retry_at;
  }
  void end_leases(WallTime now, std::vector<Job>& dead) {
    for (auto& job : jobs_) {
      if (job.state != JobState::kRunning || *job.lease_until > now) continue;
      after_failure(job, {.reason = "its runner was gone", .retry_at = job.run_at}, now);
      if (job.state == JobState::kDead) dead.push_back(job);
    }
  }
  void take(const Claim& claim, const std::string& queue, unsigned priority, std::uint32_t count,
            std::vector<std::size_t>& taken) {
    std::vector<std::size_t> due;
    for (std::size_t at = 0; at < jobs_.size(); ++at) {
      const Job& job = jobs_[at];
      if (job.state == JobState::kReady && job.queue == queue && job.priority == priority &&
          job.run_at <= claim.now && std::ranges::find(claim.kinds, job.kind) != claim.kinds.end())
        due.push_back(at);
    }
    std::ranges::sort(due, {}, [&](std::size_t at) { return std::pair(jobs_[at].run_at, at); });
    for (const auto at : due) {
      if (count-- == 0) return;
      Job& job = jobs_[at];
      job.state = JobState::kRunning;
      ++job.attempt;
      ++job.fence;
      job.progress = {};
      job.started_at = claim.now;
      job.lease_until =
          claim.now + std::chrono::duration_cast<std::chrono::milliseconds>(claim.lease);
      taken.push_back(at);
    }
  }

  std::vector<Job> jobs_;  // in the order they came; one that was removed has no id any more
  std::map<std::tuple<std::string, std::string, std::string>, Key> keys_;
  std::map<std::pair<std::string, std::string>, QueueStatistics> totals_;
  std::map<std::string, PriorityTurns> turns_;
};

}  // namespace gatehouse::jobs::testing
