// Random schedules of claims, crashes and late completions, and whether their history holds:
// nothing that was taken on is lost, nothing is completed twice. A part of the contract.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "gatehouse/jobs/testing/job_store_contract.hpp"

namespace gatehouse::jobs::testing {

class JobStoreHistory : public JobStoreContract {
 protected:
  struct Fate {
    int completions = 0;
    bool was_cancelled = false;
  };

  void play(unsigned seed) {
    chance_.seed(seed);
    for (int step = 0; step < 150; ++step) {
      switch (chance_() % 8) {
        case 0:
        case 1:
          take_on();
          break;
        case 2:
        case 3:
          claim_some();
          break;
        case 4:
          finish_one();
          break;
        case 5:
          now_ += std::chrono::seconds(chance_() % 20);
          break;
        case 6:
          disturb_one();
          break;
        default:
          cancel_one();
          break;
      }
    }
  }
  // Nobody crashes any more: all that is left comes to its end.
  void run_dry() {
    for (int round = 0; round < 40; ++round) {
      now_ += std::chrono::minutes(2);
      for (const auto& job : claim("ai", 100, now_).jobs) {
        ASSERT_TRUE(complete(job, now_));
        ++fates_[job.id].completions;
      }
    }
  }
  void judge(unsigned seed) {
    std::uint64_t done = 0;
    for (const auto& [id, fate] : fates_) {
      const auto job = find(id, now_);
      ASSERT_TRUE(job) << "lost, seed " << seed;
      ASSERT_TRUE(has_ended(job->state)) << name_of(job->state) << ", seed " << seed;
      ASSERT_EQ(fate.completions, job->state == JobState::kDone ? 1 : 0) << "seed " << seed;
      if (job->state == JobState::kCancelled) ASSERT_TRUE(fate.was_cancelled);
      if (job->state == JobState::kDone) ++done;
    }
    EXPECT_EQ(statistics_of("ai", now_).done, done);
  }

 private:
  void take_on() {
    std::vector<NewJob> jobs(1 + chance_() % 3, job_for("ai"));
    for (auto& job : jobs) {
      job.priority = static_cast<std::uint8_t>(chance_() % kPriorities);
      job.max_attempts = 1 + static_cast<std::uint32_t>(chance_() % 4);
      if (chance_() % 3 == 0) job.idempotency_key = std::to_string(chance_() % 10);
      if (chance_() % 4 == 0) job.run_at = now_ + std::chrono::seconds(chance_() % 60);
    }
    for (const auto& each : enqueue(jobs, now_).value()) fates_.try_emplace(each.id);
  }
  void claim_some() {
    for (auto& job : claim("ai", 1 + static_cast<std::uint32_t>(chance_() % 4), now_).jobs)
      held_.push_back(std::move(job));
  }
  // Those that are held stay so after they were answered, or their leases ran out: they come late.
  const Job* any_held() { return held_.empty() ? nullptr : &held_[chance_() % held_.size()]; }
  void finish_one() {
    const Job* const job = any_held();
    if (job != nullptr && complete(*job, now_)) ++fates_[job->id].completions;
  }
  void disturb_one() {
    const Job* const job = any_held();
    if (job == nullptr) return;
    switch (chance_() % 4) {
      case 0:
        std::ignore = fail_job(*job, now_ + std::chrono::seconds(chance_() % 30), now_);
        break;
      case 1:
        std::ignore = release(*job, now_);
        break;
      case 2:
        std::ignore = extend(*job, now_);
        break;
      default:
        std::ignore = requeue(job->id, now_);
        break;
    }
  }
  void cancel_one() {
    if (fates_.empty() || chance_() % 4 != 0) return;
    auto at = fates_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(chance_() % fates_.size()));
    if (cancel(at->first, now_)) at->second.was_cancelled = true;
  }

  std::mt19937 chance_;
  WallTime now_ = at_second(0);
  std::map<std::string, Fate> fates_;
  std::vector<Job> held_;
};

TEST_P(JobStoreHistory, LosesNothingAndCompletesNothingTwice) {
  const auto seed = static_cast<unsigned>(::testing::UnitTest::GetInstance()->random_seed());
  for (unsigned round = 0; round < 4; ++round) play(seed * 4 + round);
  run_dry();
  judge(seed);
}

}  // namespace gatehouse::jobs::testing
