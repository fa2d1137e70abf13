// Runs jobs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/signal.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/jobs/job_handler.hpp"
#include "gatehouse/jobs/job_store.hpp"
#include "gatehouse/jobs/retry.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::jobs {

// How a kind is run. The handler outlives the runner.
struct JobKind {
  std::string name;
  JobHandler& handler;
  Duration patience = std::chrono::minutes(5);  // of one attempt
  RetryTerms retry = {};
};

struct RunnerSettings {
  std::vector<Claim::Room> rooms;  // each queue, and how many of its jobs run at once
  Duration lease = std::chrono::seconds(30);
  // How often it looks for what is due, was left by another process, or lost its runner.
  Duration sweep = std::chrono::milliseconds(500);
  // How long a handler has to end after it was asked to, before its attempt is given up.
  Duration stop_patience = std::chrono::seconds(5);
};

struct RunnerParts {
  async::Worker& worker;
  JobStore& store;
  Random& random;
  telemetry::Log& log;
  async::TaskGroup::OnException on_exception;
};

// Takes jobs from the store as there is room, runs them on its worker and tells the store what
// became of them. Keeps their leases; who loses one is stopped. A handler that doesn't end keeps
// its place, but not its job. Lives on one worker; wake() may come from any thread. To be drained
// before it goes.
class Runner {
 public:
  Runner(RunnerParts parts, RunnerSettings settings, std::vector<JobKind> kinds);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void start();
  // There may be something to do.
  void wake();
  // Takes no more. What runs may end until the deadline; the rest is stopped and given back.
  async::Task<void> drain(Deadline deadline);
  std::size_t running() const { return attempts_.size(); }

 private:
  struct Attempt;
  using SharedAttempt = std::shared_ptr<Attempt>;

  async::Task<void> take_jobs();
  async::Task<void> claim_once();
  async::Task<void> keep_leases();
  async::Task<void> run_attempt(SharedAttempt attempt);
  async::Task<void> run_handler(SharedAttempt attempt);
  async::Task<void> answer(SharedAttempt attempt);
  async::Task<Result<void>> tell_done(const Attempt& attempt);
  async::Task<Result<void>> tell_failed(const Attempt& attempt, Error error);
  async::Task<void> extend_leases();
  async::Task<void> give_back(Holding holding);
  void begin(Job job);
  void stop(const std::vector<std::string>& ids);
  void note_claim(const Result<Claimed>& claimed);
  void note_failure(const Job& job, JobState state, std::string_view reason);
  std::vector<Claim::Room> rooms_left() const;
  const JobKind* kind_of(std::string_view name) const;

  RunnerParts parts_;
  const RunnerSettings settings_;
  const std::vector<JobKind> kinds_;
  std::vector<SharedAttempt> attempts_;
  bool is_draining_ = false;
  bool is_store_away_ = false;
  async::Signal bell_;     // something may be there, or an attempt has ended
  async::Signal is_idle_;  // while it drains: nothing runs any more
  async::Signal is_over_;
  async::TaskGroup tasks_;
};

}  // namespace gatehouse::jobs
