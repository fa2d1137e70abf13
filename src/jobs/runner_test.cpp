#include "gatehouse/jobs/runner.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/async/testing/stepped_worker.hpp"
#include "gatehouse/jobs/job_queue.hpp"
#include "gatehouse/jobs/testing/memory_jobs.hpp"

namespace gatehouse::jobs {
namespace {

using namespace std::chrono_literals;

// Does what the payload says.
class Scripted final : public JobHandler {
 public:
  int begun = 0;
  int most_at_once = 0;
  bool was_cancelled = false;

  async::Task<Result<JobResult>> run(JobContext& context) override {
    ++begun;
    most_at_once = std::max(most_at_once, ++running_);
    auto result = co_await play(context);
    --running_;
    co_return result;
  }

 private:
  async::Task<Result<JobResult>> play(JobContext& context) {
    const std::string script(context.payload());
    if (script == "fail") co_return fail(ErrorCode::kUnavailable, "The backend is away.");
    if (script == "busy")
      co_return std::unexpected(Error{.code = ErrorCode::kRateLimited, .retry_after_ms = 60'000});
    if (script == "wrong") co_return fail(ErrorCode::kInvalid, "The job is wrong.");
    if (script == "explode") std::ignore = std::string().at(1);
    if (script == "report") co_await context.report(40, "nearly half");
    if (script == "fail once" && context.attempt() == 1)
      co_return fail(ErrorCode::kUpstreamFailed, "once");
    if (script == "wait" || script == "report") {
      async::Signal stopped(context.worker());
      const async::Cancellation::Watch watch(context.cancellation(), [&] { stopped.set(); });
      co_await stopped.wait(context.worker().in(20s));
      was_cancelled = context.cancellation().is_cancelled();
      if (was_cancelled) co_return fail(ErrorCode::kCancelled, "It was stopped.");
    }
    if (script == "hang") co_await async::Sleep(context.worker(), context.worker().in(1h));
    co_return JobResult{.bytes = "made"};
  }

  int running_ = 0;
};

struct House {
  House() {
    queue.set_bell([this] { runner.wake(); });
    worker->post([this] { runner.start(); });
    worker.settle();
  }
  ~House() {
    drain(0s);
    worker.advance(2h);
  }

  std::string add(std::string script, std::uint32_t max_attempts = 3, std::string name = "ai") {
    std::string id;
    std::vector<NewJob> jobs{{.queue = std::move(name),
                              .kind = "scripted",
                              .payload = std::move(script),
                              .max_attempts = max_attempts}};
    worker->post([&] { tasks.spawn("add", keep_id(queue, *worker, std::move(jobs), id)); });
    worker.settle();
    return id;
  }
  static async::Task<void> keep_id(JobQueue& queue, async::Worker& home, std::vector<NewJob> jobs,
                                   std::string& id) {
    const auto enqueued = co_await queue.enqueue(home, std::move(jobs));
    id = enqueued.value().at(0).id;
  }
  Job job(const std::string& id) {
    return async::answer_of([&](async::Worker& home) {
             return store.find(home, "default", id, worker.clock().wall());
           })
        .value();
  }
  void cancel(const std::string& id) {
    const auto asked = async::answer_of([&](async::Worker& home) {
      return store.cancel(home, "default", id, worker.clock().wall());
    });
    ASSERT_TRUE(asked);
    queue.ring();
    worker.settle();
  }
  void drain(Duration patience) {
    if (std::exchange(is_drained, true)) return;
    worker->post([this, patience] { tasks.spawn("drain", runner.drain(worker->in(patience))); });
    worker.settle();
  }
  async::testing::SteppedWorker worker;
  SecureRandom random;
  telemetry::Log log{worker.clock(), telemetry::Level::kError,
                     std::make_shared<telemetry::LogRing>()};
  testing::MemoryJobs store;
  JobQueue queue{store};
  Scripted handler;
  int exceptions = 0;
  bool is_drained = false;
  Runner runner{{*worker, store, random, log, [this](auto, auto) { ++exceptions; }},
                {.rooms = {{.queue = "ai", .jobs = 2}, {.queue = "image", .jobs = 1}}},
                {{.name = "scripted",
                  .handler = handler,
                  .patience = 1min,
                  .retry = {.base = 1s, .cap = 10s}}}};
  async::TaskGroup tasks{*worker, async::rethrow};
};

TEST(Runner, RunsAJobAtOnceThatIsLeftInItsProcess) {
  House house;
  const auto id = house.add("work");
  const auto job = house.job(id);
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.result, "made");
  EXPECT_EQ(job.ended_at, job.created_at);
}

TEST(Runner, FindsWhatNobodyToldItOf) {
  House house;
  house.queue.set_bell({});
  const auto id = house.add("work");
  EXPECT_EQ(house.job(id).state, JobState::kReady);
  house.worker.advance(1s);
  EXPECT_EQ(house.job(id).state, JobState::kDone);
}

TEST(Runner, RunsNoMoreOfAQueueThanItHasRoomFor) {
  House house;
  for (int i = 0; i < 5; ++i) house.add("wait");
  EXPECT_EQ(house.handler.begun, 2);
  const auto image = house.add("work", 3, "image");
  EXPECT_EQ(house.job(image).state, JobState::kDone);
  for (int i = 0; i < 3; ++i) house.worker.advance(21s);
  EXPECT_EQ(house.handler.begun, 6);
  EXPECT_EQ(house.handler.most_at_once, 3);
}

TEST(Runner, TriesAgainWhatFailed) {
  House house;
  const auto id = house.add("fail once");
  EXPECT_EQ(house.job(id).reason, "once");
  house.worker.advance(2s);
  EXPECT_EQ(house.job(id).state, JobState::kDone);
  EXPECT_EQ(house.job(id).attempt, 2U);
}

TEST(Runner, GivesUpAfterTheLastAttempt) {
  House house;
  const auto id = house.add("fail");
  for (int i = 0; i < 20; ++i) house.worker.advance(1s);
  EXPECT_EQ(house.job(id).state, JobState::kDead);
  EXPECT_EQ(house.job(id).reason, "The backend is away.");
  EXPECT_EQ(house.handler.begun, 3);
}

TEST(Runner, GivesUpAtOnceWhatWouldFailAgain) {
  House house;
  EXPECT_EQ(house.job(house.add("wrong")).state, JobState::kDead);
}

TEST(Runner, WaitsAsLongAsABackendAsked) {
  House house;
  house.add("busy");
  house.worker.advance(59s);
  EXPECT_EQ(house.handler.begun, 1);
  house.worker.advance(3s);
  EXPECT_EQ(house.handler.begun, 2);
}

TEST(Runner, EndsAnAttemptAtItsDeadline) {
  House house;
  const auto id = house.add("hang", 1);
  for (int i = 0; i < 14; ++i) house.worker.advance(5s);
  EXPECT_EQ(house.job(id).state, JobState::kDead);
  EXPECT_EQ(house.job(id).reason, "scripted was not done within 60 s.");
  EXPECT_EQ(house.runner.running(), 1U);  // it keeps its place
  house.worker.advance(1h);
  EXPECT_EQ(house.runner.running(), 0U);
  EXPECT_EQ(house.job(id).state, JobState::kDead);
}

TEST(Runner, SurvivesAHandlerThatThrows) {
  House house;
  const auto id = house.add("explode", 1);
  EXPECT_EQ(house.job(id).state, JobState::kDead);
  EXPECT_EQ(house.exceptions, 1);
  EXPECT_EQ(house.job(house.add("work")).state, JobState::kDone);
}

TEST(Runner, KeepsTheLeaseOfWhatRunsLong) {
  House house;
  const auto id = house.add("hang");
  for (int i = 0; i < 5; ++i) house.worker.advance(10s);
  EXPECT_EQ(house.handler.begun, 1);
  EXPECT_EQ(house.job(id).state, JobState::kRunning);
}

TEST(Runner, StopsWhatIsCancelled) {
  House house;
  const auto id = house.add("wait");
  house.cancel(id);
  EXPECT_TRUE(house.handler.was_cancelled);
  EXPECT_EQ(house.job(id).state, JobState::kCancelled);
}

TEST(Runner, StopsWhatWasGivenToAnother) {
  House house;
  const auto id = house.add("wait");
  house.store.is_away = true;  // no lease can be extended
  house.worker.advance(31s);
  house.store.is_away = false;
  // Another process takes it, and this one hears of that.
  const auto taken = async::answer_of([&](async::Worker& home) {
    return house.store.claim(home, {.rooms = {{.queue = "ai", .jobs = 2}},
                                    .kinds = {"scripted"},
                                    .now = house.worker.clock().wall()});
  });
  ASSERT_EQ(taken->jobs.size(), 1U);
  house.worker.advance(11s);
  EXPECT_EQ(house.job(id).state, JobState::kRunning);
  EXPECT_EQ(house.job(id).fence, 2U);
}

TEST(Runner, TellsTheStoreAgainWhenItIsBack) {
  House house;
  const auto id = house.add("wait");
  house.store.is_away = true;
  house.worker.advance(21s);
  house.store.is_away = false;
  house.worker.advance(2s);
  EXPECT_EQ(house.job(id).state, JobState::kDone);
}

TEST(Runner, ShowsProgress) {
  House house;
  const auto id = house.add("report");
  EXPECT_EQ(house.job(id).progress.percent, 40U);
  EXPECT_EQ(house.job(id).progress.message, "nearly half");
}

TEST(Runner, LetsWhatRunsEndWhenItDrains) {
  House house;
  const auto running = house.add("wait");
  house.drain(30s);
  const auto late = house.add("work");
  house.worker.advance(21s);
  EXPECT_EQ(house.job(running).state, JobState::kDone);
  EXPECT_EQ(house.job(late).state, JobState::kReady);
}

TEST(Runner, GivesBackAtOnceWhatDoesNotEndWhenItDrains) {
  House house;
  const auto id = house.add("wait");
  house.drain(5s);
  house.worker.advance(6s);
  EXPECT_TRUE(house.handler.was_cancelled);
  EXPECT_EQ(house.job(id).state, JobState::kReady);
  EXPECT_EQ(house.job(id).attempt, 0U);
}

}  // namespace
}  // namespace gatehouse::jobs
