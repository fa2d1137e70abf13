// What every store of jobs promises. A back end runs it with
// INSTANTIATE_TEST_SUITE_P(Name, JobStoreContract, testing::Values(make_mine)).
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "gatehouse/jobs/testing/job_store_under_test.hpp"

namespace gatehouse::jobs::testing {

using Ids = std::vector<std::string>;

TEST_P(JobStoreContract, HandsOutAJobAsItWasGiven) {
  NewJob given = job_for("ai");
  given.payload = std::string("a\0\xff", 3);
  given.priority = 2;
  given.max_attempts = 7;
  const auto id = enqueue_one(given);
  const auto waiting = find(id).value();
  EXPECT_EQ(waiting.state, JobState::kReady);
  EXPECT_EQ(waiting.created_at, at_second(0));
  EXPECT_EQ(waiting.owner, "visitor:anna");
  EXPECT_EQ(waiting.attempt, 0U);

  const auto job = claim_one("ai", at_second(3));
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.payload, given.payload);
  EXPECT_EQ(job.kind, "known");
  EXPECT_EQ(job.priority, 2);
  EXPECT_EQ(job.attempt, 1U);
  EXPECT_EQ(job.max_attempts, 7U);
  EXPECT_EQ(job.state, JobState::kRunning);
  EXPECT_EQ(job.started_at, at_second(3));
  EXPECT_EQ(job.lease_until, at_second(33));
  EXPECT_TRUE(claim("ai", 5, at_second(3)).jobs.empty());

  ASSERT_TRUE(report(job, {.percent = 140, .message = "half way"}));
  EXPECT_EQ(find(id).value().progress.percent, 100U);
  EXPECT_EQ(find(id).value().progress.message, "half way");
  ASSERT_TRUE(complete(job, at_second(5)));
  const auto done = find(id).value();
  EXPECT_EQ(done.state, JobState::kDone);
  EXPECT_EQ(done.result, "result");
  EXPECT_EQ(done.ended_at, at_second(5));
}

TEST_P(JobStoreContract, TakesAllJobsOfACallOrNone) {
  const auto both = enqueue({job_for("ai"), job_for("image")});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->size(), 2U);
  auto too_large = job_for("ai");
  too_large.payload.assign(kMaxPayloadBytes + 1, 'x');
  const auto refused = enqueue({job_for("ai"), too_large});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(refused.error().field, "payload");
  EXPECT_EQ(claim("ai", 9).jobs.size(), 1U);
}

TEST_P(JobStoreContract, GivesOneJobToAKey) {
  auto job = job_for("webhook");
  job.idempotency_key = "event 1";
  job.keep_key_for = std::chrono::seconds(100);
  const auto first = enqueue({job, job}).value();
  EXPECT_TRUE(first[0].is_new);
  EXPECT_FALSE(first[1].is_new);
  EXPECT_EQ(first[0].id, first[1].id);
  auto elsewhere = job;
  elsewhere.queue = "ai";
  EXPECT_TRUE(enqueue({elsewhere}).value()[0].is_new);

  // Not ended: the key is taken, however long that lasts.
  EXPECT_EQ(enqueue_one(job, at_second(500)), first[0].id);
  ASSERT_TRUE(complete(claim_one("webhook", at_second(501)), at_second(501)));
  EXPECT_TRUE(enqueue({job}, at_second(502)).value()[0].is_new);
}

TEST_P(JobStoreContract, RemembersAKeyAfterItsJobHasGone) {
  auto job = job_for("webhook");
  job.idempotency_key = "event 1";
  job.keep_key_for = std::chrono::seconds(100);
  const auto id = enqueue_one(job);
  ASSERT_TRUE(complete(claim_one("webhook")));
  const Ended all{.done_before = at_second(50), .dead_before = at_second(50), .now = at_second(50)};
  EXPECT_EQ(remove_ended(all), 1U);
  EXPECT_EQ(find(id).error().code, ErrorCode::kNotFound);
  const auto again = enqueue({job}, at_second(99)).value()[0];
  EXPECT_EQ(again.id, id);
  EXPECT_FALSE(again.is_new);
  remove_ended({.done_before = at_second(100), .dead_before = {}, .now = at_second(100)});
  EXPECT_TRUE(enqueue({job}, at_second(100)).value()[0].is_new);
}

TEST_P(JobStoreContract, HandsOutByPriorityThenTime) {
  std::vector<NewJob> jobs;
  for (const int priority : {3, 2, 1, 0, 0}) {
    jobs.push_back(job_for("ai"));
    jobs.back().priority = static_cast<std::uint8_t>(priority);
  }
  const auto ids = enqueue(jobs).value();
  auto earlier = job_for("ai");
  earlier.priority = 1;
  const auto latest = enqueue_one(earlier, at_second(1));
  EXPECT_EQ(ids_of(claim("ai", 6, at_second(1)).jobs),
            (Ids{ids[3].id, ids[4].id, ids[2].id, latest, ids[1].id, ids[0].id}));
}

TEST_P(JobStoreContract, LetsNoPriorityStarve) {
  std::vector<NewJob> jobs;
  for (int i = 0; i < 60; ++i) {
    jobs.push_back(job_for("ai"));
    jobs.back().priority = static_cast<std::uint8_t>(i % 4);
  }
  ASSERT_TRUE(enqueue(jobs));
  std::vector<int> taken(kPriorities);
  for (int i = 0; i < 15; ++i) ++taken[claim("ai", 1).jobs.at(0).priority];
  EXPECT_EQ(taken, (std::vector<int>{8, 4, 2, 1}));
}

TEST_P(JobStoreContract, HandsOutNothingBeforeItsTime) {
  auto job = job_for("ai");
  job.run_at = at_second(10);
  const auto id = enqueue_one(job);
  EXPECT_EQ(state_of(id, at_second(9)), JobState::kScheduled);
  EXPECT_TRUE(claim("ai", 5, at_second(9)).jobs.empty());
  EXPECT_EQ(state_of(id, at_second(10)), JobState::kReady);
  EXPECT_EQ(claim_one("ai", at_second(10)).id, id);
}

TEST_P(JobStoreContract, LeavesKindsThatNobodyKnowsWhereTheyAre) {
  const auto strange = enqueue_one(job_for("ai", "of another version"));
  const auto known = enqueue_one(job_for("ai"));
  const auto job = claim_one("ai");
  EXPECT_EQ(job.id, known);
  ASSERT_TRUE(complete(job));
  EXPECT_TRUE(claim("ai", 5, at_second(1'000'000)).jobs.empty());
  EXPECT_EQ(state_of(strange), JobState::kReady);
}

TEST_P(JobStoreContract, HasRoomForEachQueueOfItsOwn) {
  ASSERT_TRUE(enqueue({job_for("ai"), job_for("ai"), job_for("image"), job_for("image")}));
  const auto claimed =
      answer([&](JobStore& store, async::Worker& home) {
        return store.claim(home,
                           {.rooms = {{.queue = "ai", .jobs = 1}, {.queue = "image", .jobs = 9}},
                            .kinds = {"known"},
                            .now = at_second(0)});
      }).value();
  ASSERT_EQ(claimed.jobs.size(), 3U);
  EXPECT_EQ(claimed.jobs[0].queue, "ai");
  EXPECT_EQ(claimed.jobs[1].queue, "image");
}

TEST_P(JobStoreContract, GivesAJobToAnotherWhenItsLeaseRunsOut) {
  enqueue_one(job_for("ai"));
  const auto first = claim_one("ai");
  EXPECT_TRUE(claim("ai", 5, at_second(29)).jobs.empty());
  const auto second = claim_one("ai", at_second(30));
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.attempt, 2U);
  EXPECT_GT(second.fence, first.fence);
  EXPECT_EQ(complete(first, at_second(31)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(fail_job(first, at_second(32)).error().code, ErrorCode::kConflict);
  EXPECT_EQ(release(first).error().code, ErrorCode::kConflict);
  EXPECT_EQ(report(first, {}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(extend(first, at_second(31)), Hold::kLost);
  ASSERT_TRUE(complete(second, at_second(32)));
  EXPECT_EQ(complete(second, at_second(33)).error().code, ErrorCode::kConflict);
}

TEST_P(JobStoreContract, ExtendsALease) {
  enqueue_one(job_for("ai"));
  const auto job = claim_one("ai");
  EXPECT_EQ(extend(job, at_second(20)), Hold::kHeld);
  EXPECT_TRUE(claim("ai", 5, at_second(49)).jobs.empty());
  EXPECT_EQ(claim("ai", 5, at_second(50)).jobs.size(), 1U);
}

TEST_P(JobStoreContract, EndsAJobWhoseLeaseRunsOutTooOften) {
  auto given = job_for("ai");
  given.max_attempts = 2;
  const auto id = enqueue_one(given);
  claim_one("ai");
  claim_one("ai", at_second(30));
  const auto claimed = claim("ai", 5, at_second(60));
  EXPECT_TRUE(claimed.jobs.empty());
  EXPECT_EQ(ids_of(claimed.dead), (Ids{id}));
  EXPECT_EQ(state_of(id), JobState::kDead);
  EXPECT_FALSE(find(id).value().reason.empty());
}

TEST_P(JobStoreContract, TriesAgainWhenItWasTold) {
  auto given = job_for("ai");
  given.max_attempts = 2;
  const auto id = enqueue_one(given);
  EXPECT_EQ(fail_job(claim_one("ai"), at_second(10)).value(), JobState::kScheduled);
  EXPECT_EQ(find(id).value().reason, "broken");
  EXPECT_TRUE(claim("ai", 5, at_second(9)).jobs.empty());
  const auto second = claim_one("ai", at_second(10));
  EXPECT_EQ(second.attempt, 2U);
  EXPECT_EQ(fail_job(second, at_second(20), at_second(11)).value(), JobState::kDead);
  EXPECT_EQ(find(id).value().ended_at, at_second(11));
}

TEST_P(JobStoreContract, EndsWhatMakesNoSenseToTryAgain) {
  const auto id = enqueue_one(job_for("ai"));
  EXPECT_EQ(fail_job(claim_one("ai"), std::nullopt).value(), JobState::kDead);
  EXPECT_EQ(state_of(id), JobState::kDead);
  EXPECT_TRUE(claim("ai", 5, at_second(1000)).jobs.empty());
}

TEST_P(JobStoreContract, TakesBackWhatIsReleasedWithoutCountingIt) {
  const auto id = enqueue_one(job_for("ai"));
  const auto first = claim_one("ai");
  ASSERT_TRUE(release(first));
  EXPECT_EQ(state_of(id), JobState::kReady);
  const auto second = claim_one("ai");
  EXPECT_EQ(second.attempt, 1U);
  EXPECT_GT(second.fence, first.fence);
  EXPECT_EQ(complete(first).error().code, ErrorCode::kConflict);
}

TEST_P(JobStoreContract, CancelsAWaitingJobAtOnce) {
  const auto id = enqueue_one(job_for("ai"));
  EXPECT_EQ(cancel(id).value(), JobState::kCancelled);
  EXPECT_TRUE(claim("ai", 5).jobs.empty());
  EXPECT_EQ(cancel(id).error().code, ErrorCode::kConflict);
  EXPECT_EQ(cancel("nothing").error().code, ErrorCode::kNotFound);
}

TEST_P(JobStoreContract, AsksARunningJobToEnd) {
  const auto id = enqueue_one(job_for("ai"));
  const auto job = claim_one("ai");
  EXPECT_EQ(cancel(id).value(), JobState::kRunning);
  EXPECT_EQ(claim("other", 1).stopping, (Ids{id}));
  EXPECT_EQ(extend(job, at_second(1)), Hold::kStopping);
  EXPECT_EQ(fail_job(job, at_second(10)).value(), JobState::kCancelled);
  EXPECT_TRUE(claim("ai", 5, at_second(1000)).stopping.empty());
}

TEST_P(JobStoreContract, CancelsAJobWhoseLeaseRunsOutAfterItWasAsked) {
  const auto id = enqueue_one(job_for("ai"));
  claim_one("ai");
  ASSERT_TRUE(cancel(id));
  EXPECT_TRUE(claim("ai", 5, at_second(30)).jobs.empty());
  EXPECT_EQ(state_of(id), JobState::kCancelled);
}

TEST_P(JobStoreContract, KeepsTheResultOfAJobThatWasDoneAllTheSame) {
  const auto id = enqueue_one(job_for("ai"));
  const auto job = claim_one("ai");
  ASSERT_TRUE(cancel(id));
  ASSERT_TRUE(complete(job));
  EXPECT_EQ(state_of(id), JobState::kDone);
}

TEST_P(JobStoreContract, TriesADeadJobAgainByHand) {
  const auto id = enqueue_one(job_for("ai"));
  const auto first = claim_one("ai");
  EXPECT_EQ(requeue(id).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(fail_job(first, std::nullopt));
  ASSERT_TRUE(requeue(id, at_second(5)));
  const auto again = claim_one("ai", at_second(5));
  EXPECT_EQ(again.attempt, 1U);
  // Whoever ran it before has the same number of attempts, and still no say.
  EXPECT_GT(again.fence, first.fence);
  EXPECT_EQ(complete(first).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(complete(again));
}

TEST_P(JobStoreContract, ShowsJobsToTheirSiteAlone) {
  const auto id = enqueue_one(job_for("ai"));
  EXPECT_EQ(find(id, at_second(0), "other").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(cancel(id, at_second(0), "other").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(list({.site = "other"})->jobs.empty());
}

TEST_P(JobStoreContract, ListsTheNewestFirstInPages) {
  std::vector<NewJob> jobs;
  for (int i = 0; i < 5; ++i) jobs.push_back(job_for(i % 2 == 0 ? "ai" : "image"));
  const auto ids = enqueue(jobs).value();
  const auto first = list({}, {}, 2);
  EXPECT_EQ(ids_of(first->jobs), (Ids{ids[4].id, ids[3].id}));
  enqueue_one(job_for("ai"));
  const auto second = list({}, first->next, 3);
  EXPECT_EQ(ids_of(second->jobs), (Ids{ids[2].id, ids[1].id, ids[0].id}));
  EXPECT_TRUE(second->next.empty());
  EXPECT_EQ(list({.queue = "image"})->jobs.size(), 2U);
  claim("image", 1);
  EXPECT_EQ(list({.state = JobState::kRunning})->jobs.size(), 1U);
  EXPECT_EQ(list({.queue = "image", .state = JobState::kReady})->jobs.size(), 1U);
  EXPECT_TRUE(list({.state = JobState::kScheduled})->jobs.empty());
  EXPECT_EQ(list({}, "no page").error().field, "after");
}

TEST_P(JobStoreContract, CountsWhatHappens) {
  auto later = job_for("ai");
  later.run_at = at_second(100);
  ASSERT_TRUE(enqueue({job_for("ai"), job_for("ai"), job_for("ai"), later}));
  const auto jobs = claim("ai", 2, at_second(2)).jobs;
  ASSERT_TRUE(complete(jobs[0], at_second(5)));
  ASSERT_TRUE(fail_job(jobs[1], at_second(6), at_second(5)));
  const auto counts = statistics_of("ai", at_second(5));
  EXPECT_EQ(counts.ready, 1U);
  EXPECT_EQ(counts.scheduled, 2U);
  EXPECT_EQ(counts.running, 0U);
  EXPECT_EQ(counts.oldest_ready, at_second(0));
  EXPECT_EQ(counts.done, 1U);
  EXPECT_EQ(counts.retried, 1U);
  EXPECT_EQ(counts.dead, 0U);
  EXPECT_EQ(counts.run_ms, 3000U);
  ASSERT_TRUE(fail_job(claim("ai", 1, at_second(6)).jobs.at(0), std::nullopt));
  EXPECT_EQ(statistics_of("ai", at_second(6)).dead, 1U);
  EXPECT_EQ(statistics_of("ai", at_second(6)).dead_now, 1U);
}

TEST_P(JobStoreContract, RemovesWhatEndedLongAgoAndNothingElse) {
  std::vector<NewJob> jobs(250, job_for("ai"));
  ASSERT_TRUE(enqueue(jobs));
  for (const auto& job : claim("ai", 240).jobs) ASSERT_TRUE(complete(job, at_second(10)));
  const auto dead = claim("ai", 1).jobs.at(0);
  ASSERT_TRUE(fail_job(dead, std::nullopt, at_second(10)));
  Ended ended{.done_before = at_second(10), .dead_before = at_second(10), .now = at_second(20)};
  EXPECT_EQ(remove_ended(ended), 0U);
  ended.done_before = at_second(11);
  EXPECT_EQ(remove_ended(ended), 240U);
  EXPECT_EQ(state_of(dead.id), JobState::kDead);
  EXPECT_EQ(statistics_of("ai").done, 240U);
  EXPECT_EQ(claim("ai", 50).jobs.size(), 9U);
}

}  // namespace gatehouse::jobs::testing
