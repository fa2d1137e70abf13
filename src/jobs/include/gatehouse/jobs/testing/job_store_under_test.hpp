// A store of jobs under test, and short ways to ask it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/jobs/job_store.hpp"

namespace gatehouse::jobs::testing {

// A store of its own with all that keeps it alive; empty when it is made.
class JobStoreUnderTest {
 public:
  virtual ~JobStoreUnderTest() = default;
  virtual JobStore& port() = 0;
};

using MakeJobStore = std::function<std::unique_ptr<JobStoreUnderTest>()>;

constexpr Duration kLease = std::chrono::seconds(30);

inline WallTime at_second(std::int64_t second) {
  return WallTime{std::chrono::milliseconds(1'800'000'000'000)} + std::chrono::seconds(second);
}

inline NewJob job_for(const std::string& queue, const std::string& kind = "known") {
  return {.queue = queue, .kind = kind, .payload = "work", .owner = "visitor:anna"};
}

class JobStoreContract : public ::testing::TestWithParam<MakeJobStore> {
 protected:
  template <typename Call>
  auto answer(Call call) {
    return async::answer_of([&](async::Worker& home) { return call(port(), home); });
  }
  Result<std::vector<Enqueued>> enqueue(std::vector<NewJob> jobs, WallTime now = at_second(0)) {
    return answer([&](JobStore& store, async::Worker& home) {
      return store.enqueue(home, std::move(jobs), now);
    });
  }
  std::string enqueue_one(NewJob job, WallTime now = at_second(0)) {
    return enqueue({std::move(job)}, now).value().at(0).id;
  }
  Claimed claim(const std::string& queue, std::uint32_t count, WallTime now = at_second(0)) {
    Claim wanted{.rooms = {{.queue = queue, .jobs = count}},
                 .kinds = {"known", "other"},
                 .lease = kLease,
                 .now = now};
    return answer([&](JobStore& store, async::Worker& home) {
             return store.claim(home, std::move(wanted));
           })
        .value();
  }
  // The only job there is to be had.
  Job claim_one(const std::string& queue, WallTime now = at_second(0)) {
    auto claimed = claim(queue, 5, now);
    EXPECT_EQ(claimed.jobs.size(), 1U);
    return claimed.jobs.empty() ? Job{} : std::move(claimed.jobs[0]);
  }
  Result<void> complete(const Job& job, WallTime now = at_second(0)) {
    return answer([&](JobStore& store, async::Worker& home) {
      return store.complete(home, {job.id, job.fence}, "result", now);
    });
  }
  Result<JobState> fail_job(const Job& job, std::optional<WallTime> retry_at,
                            WallTime now = at_second(0)) {
    return answer([&](JobStore& store, async::Worker& home) {
      return store.fail(home, {job.id, job.fence}, {.reason = "broken", .retry_at = retry_at}, now);
    });
  }
  Result<void> release(const Job& job, WallTime now = at_second(0)) {
    return answer([&](JobStore& store, async::Worker& home) {
      return store.release(home, {job.id, job.fence}, now);
    });
  }
  Hold extend(const Job& job, WallTime now) {
    return answer([&](JobStore& store, async::Worker& home) {
             return store.extend(home, {{job.id, job.fence}}, kLease, now);
           })
        .value()
        .at(0);
  }
  Result<void> report(const Job& job, Progress progress) {
    return answer([&](JobStore& store, async::Worker& home) {
      return store.report(home, {job.id, job.fence}, std::move(progress));
    });
  }
  Result<JobState> cancel(const std::string& id, WallTime now = at_second(0),
                          const std::string& site = "default") {
    return answer(
        [&](JobStore& store, async::Worker& home) { return store.cancel(home, site, id, now); });
  }
  Result<void> requeue(const std::string& id, WallTime now = at_second(0)) {
    return answer([&](JobStore& store, async::Worker& home) {
      return store.requeue(home, "default", id, now);
    });
  }
  Result<Job> find(const std::string& id, WallTime now = at_second(0),
                   const std::string& site = "default") {
    return answer(
        [&](JobStore& store, async::Worker& home) { return store.find(home, site, id, now); });
  }
  JobState state_of(const std::string& id, WallTime now = at_second(0)) {
    return find(id, now).value().state;
  }
  Result<JobPage> list(JobFilter filter, const std::string& after = {}, std::uint32_t limit = 50) {
    return answer([&](JobStore& store, async::Worker& home) {
      return store.list(home, std::move(filter), after, limit, at_second(0));
    });
  }
  QueueStatistics statistics_of(const std::string& queue, WallTime now = at_second(0)) {
    const auto all = answer([&](JobStore& store, async::Worker& home) {
                       return store.statistics(home, now);
                     }).value();
    for (const auto& each : all) {
      if (each.queue == queue) return each;
    }
    return {};
  }
  std::uint64_t remove_ended(Ended ended) {
    return answer([&](JobStore& store, async::Worker& home) {
             return store.remove_ended(home, ended);
           })
        .value();
  }
  static std::vector<std::string> ids_of(const std::vector<Job>& jobs) {
    std::vector<std::string> ids;
    for (const auto& job : jobs) ids.push_back(job.id);
    return ids;
  }
  JobStore& port() { return store_->port(); }

 private:
  std::unique_ptr<JobStoreUnderTest> store_ = GetParam()();
};

}  // namespace gatehouse::jobs::testing
