#include "gatehouse/store/sqlite/jobs.hpp"

#include <utility>

#include "job_rows.hpp"

namespace gatehouse::store::sqlite {
namespace {

constexpr std::uint32_t kRemovedPerWrite = 100;

using jobs::Holding;

}  // namespace

async::Task<Result<std::vector<jobs::Enqueued>>> Jobs::enqueue(async::Worker& home,
                                                               std::vector<jobs::NewJob> jobs,
                                                               WallTime now) {
  if (auto checked = jobs::check_new_jobs(jobs); !checked)
    co_return std::unexpected(std::move(checked.error()));
  auto work = [this, jobs = std::move(jobs),
               now](Connection& connection) -> Result<std::vector<jobs::Enqueued>> {
    return insert_jobs(connection, jobs, random_, now);
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<jobs::Claimed>> Jobs::claim(async::Worker& home, jobs::Claim claim) {
  auto work = [this, claim = std::move(claim)](Connection& connection) -> Result<jobs::Claimed> {
    jobs::Claimed claimed;
    claimed.dead = end_leases(connection, claim.now);
    claimed.jobs = claim_jobs(connection, claim, turns_);
    claimed.stopping = stopping_jobs(connection);
    return claimed;
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<std::vector<jobs::Hold>>> Jobs::extend(async::Worker& home,
                                                          std::vector<Holding> holdings,
                                                          Duration lease, WallTime now) {
  const WallTime until = now + std::chrono::duration_cast<std::chrono::milliseconds>(lease);
  auto work = [holdings = std::move(holdings),
               until](Connection& connection) -> Result<std::vector<jobs::Hold>> {
    std::vector<jobs::Hold> holds;
    for (const auto& holding : holdings) holds.push_back(extend_lease(connection, holding, until));
    return holds;
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<void>> Jobs::report(async::Worker& home, Holding holding,
                                       jobs::Progress progress) {
  auto work = [holding = std::move(holding), progress = std::move(progress)](
                  Connection& connection) { return write_progress(connection, holding, progress); };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<void>> Jobs::complete(async::Worker& home, Holding holding, std::string result,
                                         WallTime now) {
  if (result.size() > jobs::kMaxResultBytes)
    co_return fail_field("result", "The result of a job has at most 64 KB.");
  auto work = [holding = std::move(holding), result = std::move(result),
               now](Connection& connection) {
    return complete_job(connection, holding, result, now);
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<jobs::JobState>> Jobs::fail(async::Worker& home, Holding holding,
                                               jobs::Failure failure, WallTime now) {
  auto work = [holding = std::move(holding), failure = std::move(failure),
               now](Connection& connection) { return fail_job(connection, holding, failure, now); };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<void>> Jobs::release(async::Worker& home, Holding holding, WallTime now) {
  auto work = [holding = std::move(holding), now](Connection& connection) {
    return release_job(connection, holding, now);
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<jobs::JobState>> Jobs::cancel(async::Worker& home, std::string site,
                                                 std::string id, WallTime now) {
  auto work = [site = std::move(site), id = std::move(id), now](Connection& connection) {
    return cancel_job(connection, site, id, now);
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<void>> Jobs::requeue(async::Worker& home, std::string site, std::string id,
                                        WallTime now) {
  auto work = [site = std::move(site), id = std::move(id), now](Connection& connection) {
    return requeue_job(connection, site, id, now);
  };
  co_return co_await writer_.write(home, std::move(work));
}

async::Task<Result<jobs::Job>> Jobs::find(async::Worker& home, std::string site, std::string id,
                                          WallTime now) {
  auto work = [site = std::move(site), id = std::move(id), now](Connection& connection) {
    return find_job(connection, site, id, now);
  };
  co_return co_await readers_.read(home, std::move(work));
}

async::Task<Result<jobs::JobPage>> Jobs::list(async::Worker& home, jobs::JobFilter filter,
                                              std::string after, std::uint32_t limit,
                                              WallTime now) {
  auto work = [filter = std::move(filter), after = std::move(after), limit,
               now](Connection& connection) {
    return list_jobs(connection, filter, after, limit, now);
  };
  co_return co_await readers_.read(home, std::move(work));
}

async::Task<Result<std::vector<jobs::QueueStatistics>>> Jobs::statistics(async::Worker& home,
                                                                         WallTime now) {
  auto work = [now](Connection& connection) -> Result<std::vector<jobs::QueueStatistics>> {
    return job_statistics(connection, now);
  };
  co_return co_await readers_.read(home, std::move(work));
}

// In small writes, so that others get their turn between them.
async::Task<Result<std::uint64_t>> Jobs::remove_ended(async::Worker& home, jobs::Ended ended) {
  std::uint64_t total = 0;
  while (true) {
    auto work = [ended](Connection& connection) -> Result<std::uint64_t> {
      return remove_ended_jobs(connection, ended, kRemovedPerWrite);
    };
    auto removed = co_await writer_.write(home, std::move(work));
    if (!removed) co_return std::unexpected(std::move(removed.error()));
    if (*removed == 0) co_return total;
    total += *removed;
  }
}

}  // namespace gatehouse::store::sqlite
