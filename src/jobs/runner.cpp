#include "gatehouse/jobs/runner.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace gatehouse::jobs {
namespace {

constexpr int kAnswerTries = 10;
constexpr Duration kAnswerPause = std::chrono::seconds(1);

Error not_ended(const Job& job, Duration patience) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience).count();
  return {.code = ErrorCode::kDeadlineExceeded,
          .client_message = job.kind + " was not done within " + std::to_string(seconds) + " s."};
}

}  // namespace

struct Runner::Attempt {
  Attempt(RunnerParts& parts, Job job, const JobKind& how)
      : kind(how),
        context(parts.worker, parts.store, std::move(job), parts.worker.in(how.patience)),
        has_ended(parts.worker) {}

  const Job& job() const { return context.job(); }

  const JobKind& kind;
  JobContext context;
  std::optional<Result<JobResult>> result;
  bool is_answered = false;  // the store was told, or has given the job to another
  async::Signal has_ended;   // the handler
};

Runner::Runner(RunnerParts parts, RunnerSettings settings, std::vector<JobKind> kinds)
    : parts_(std::move(parts)),
      settings_(std::move(settings)),
      kinds_(std::move(kinds)),
      bell_(parts_.worker),
      is_idle_(parts_.worker),
      is_over_(parts_.worker),
      tasks_(parts_.worker, parts_.on_exception) {}

Runner::~Runner() = default;

void Runner::start() {
  tasks_.spawn("take jobs", take_jobs());
  tasks_.spawn("keep leases", keep_leases());
}

void Runner::wake() {
  parts_.worker.post([this] { bell_.set(); });
}

const JobKind* Runner::kind_of(std::string_view name) const {
  const auto found = std::ranges::find(kinds_, name, &JobKind::name);
  return found == kinds_.end() ? nullptr : &*found;
}

std::vector<Claim::Room> Runner::rooms_left() const {
  std::vector<Claim::Room> rooms;
  for (const auto& [queue, most] : settings_.rooms) {
    const auto taken = static_cast<std::uint32_t>(std::ranges::count_if(
        attempts_, [&](const auto& attempt) { return attempt->job().queue == queue; }));
    if (taken < most) rooms.push_back({.queue = queue, .jobs = most - taken});
  }
  return rooms;
}

async::Task<void> Runner::take_jobs() {
  while (!is_draining_) {
    bell_.reset();
    co_await claim_once();
    co_await bell_.wait(parts_.worker.in(settings_.sweep));
  }
}

async::Task<void> Runner::claim_once() {
  Claim claim{.rooms = rooms_left(),
              .kinds = {},
              .lease = settings_.lease,
              .now = parts_.worker.clock().wall()};
  for (const auto& kind : kinds_) claim.kinds.push_back(kind.name);
  auto claimed = co_await parts_.store.claim(parts_.worker, std::move(claim));
  note_claim(claimed);
  if (!claimed) co_return;
  stop(claimed->stopping);
  for (auto& job : claimed->jobs) {
    if (is_draining_) {
      co_await give_back({.id = job.id, .fence = job.fence});
    } else {
      begin(std::move(job));
    }
  }
}

async::Task<void> Runner::give_back(Holding holding) {
  const auto released = co_await parts_.store.release(parts_.worker, std::move(holding),
                                                      parts_.worker.clock().wall());
  if (!released) parts_.log.warning("STORE_FAILED", released.error().for_log());
}

void Runner::note_claim(const Result<Claimed>& claimed) {
  const bool was_away = std::exchange(is_store_away_, !claimed);
  if (!claimed && !was_away) parts_.log.warning("STORE_FAILED", claimed.error().for_log());
  if (!claimed) return;
  for (const auto& job : claimed->dead) note_failure(job, JobState::kDead, job.reason);
}

void Runner::note_failure(const Job& job, JobState state, std::string_view reason) {
  if (state == JobState::kDead) {
    parts_.log.error("JOB_DEAD", "A job is given up.",
                     {{"job", job.id}, {"kind", job.kind}, {"reason", reason}});
  } else {
    parts_.log.info("JOB_FAILED", "An attempt at a job came to nothing.",
                    {{"job", job.id},
                     {"kind", job.kind},
                     {"attempt", job.attempt},
                     {"state", name_of(state)},
                     {"reason", reason}});
  }
}

void Runner::stop(const std::vector<std::string>& ids) {
  for (const auto& attempt : std::vector(attempts_)) {
    if (std::ranges::find(ids, attempt->job().id) != ids.end())
      attempt->context.cancellation().cancel();
  }
}

void Runner::begin(Job job) {
  const JobKind* const kind = kind_of(job.kind);
  if (kind == nullptr) return;  // the store was asked for others; its lease runs out
  const auto attempt = std::make_shared<Attempt>(parts_, std::move(job), *kind);
  attempts_.push_back(attempt);
  tasks_.spawn("job", run_attempt(attempt));
}

// The handler's own end is told whatever becomes of it, an exception included.
async::Task<void> Runner::run_handler(SharedAttempt attempt) {
  struct Ends {
    Attempt& of;
    ~Ends() { of.has_ended.set(); }
  } const ends{*attempt};
  auto result = co_await attempt->kind.handler.run(attempt->context);
  attempt->result.emplace(std::move(result));
}

async::Task<void> Runner::run_attempt(SharedAttempt attempt) {
  tasks_.spawn("job handler", run_handler(attempt));
  auto wake = co_await attempt->has_ended.wait(attempt->context.deadline());
  if (wake == async::Wake::kTimedOut) {
    attempt->context.cancellation().cancel();
    wake = co_await attempt->has_ended.wait(parts_.worker.in(settings_.stop_patience));
    const bool is_done = attempt->result && attempt->result->has_value();
    if (!is_done)
      attempt->result = std::unexpected(not_ended(attempt->job(), attempt->kind.patience));
  }
  co_await answer(attempt);
  if (wake == async::Wake::kTimedOut) {
    parts_.log.error("JOB_HANGS", "A job goes on though it was told to end: it keeps its place.",
                     {{"job", attempt->job().id}, {"kind", attempt->job().kind}});
    co_await attempt->has_ended.wait(Deadline::never());
  }
  std::erase(attempts_, attempt);
  bell_.set();
  if (attempts_.empty()) is_idle_.set();
}

// Tells the store, and tells it again while that is away: a lease that runs out meanwhile has the
// work done twice.
async::Task<void> Runner::answer(SharedAttempt attempt) {
  if (attempt->is_answered) co_return;
  attempt->is_answered = true;
  if (!attempt->result) {
    attempt->result = fail(ErrorCode::kInternal, "The handler ended with an exception.");
  }
  for (int tries = 0; tries < kAnswerTries; ++tries) {
    Result<void> told;
    if (*attempt->result) {
      told = co_await tell_done(*attempt);
    } else {
      told = co_await tell_failed(*attempt, attempt->result->error());
    }
    if (told) co_return;
    parts_.log.warning("JOB_NOT_TOLD", told.error().for_log(),
                       {{"job", attempt->job().id}, {"kind", attempt->job().kind}});
    if (told.error().code != ErrorCode::kUnavailable || is_over_.is_set()) co_return;
    co_await async::Sleep(parts_.worker, parts_.worker.in(kAnswerPause));
  }
}

async::Task<Result<void>> Runner::tell_done(const Attempt& attempt) {
  const Job& job = attempt.job();
  auto told =
      co_await parts_.store.complete(parts_.worker, attempt.context.holding(),
                                     (*attempt.result)->bytes, parts_.worker.clock().wall());
  if (told) {
    parts_.log.debug("JOB_DONE", "A job is done.",
                     {{"job", job.id}, {"kind", job.kind}, {"attempt", job.attempt}});
  }
  co_return told;
}

async::Task<Result<void>> Runner::tell_failed(const Attempt& attempt, Error error) {
  const Job& job = attempt.job();
  const WallTime now = parts_.worker.clock().wall();
  Failure failure{.reason = std::string(error.for_log()), .retry_at = {}};
  if (makes_sense_again(error.code)) {
    const Duration delay = retry_delay(attempt.kind.retry, job.attempt, error, parts_.random);
    failure.retry_at = now + std::chrono::duration_cast<std::chrono::milliseconds>(delay);
  }
  const auto state =
      co_await parts_.store.fail(parts_.worker, attempt.context.holding(), failure, now);
  if (!state) co_return std::unexpected(state.error());
  note_failure(job, *state, failure.reason);
  co_return Result<void>();
}

async::Task<void> Runner::keep_leases() {
  while (!is_over_.is_set()) {
    co_await is_over_.wait(parts_.worker.in(settings_.lease / 3));
    if (!is_over_.is_set()) co_await extend_leases();
  }
}

async::Task<void> Runner::extend_leases() {
  std::vector<SharedAttempt> held;
  std::vector<Holding> holdings;
  for (const auto& attempt : attempts_) {
    if (attempt->is_answered) continue;
    held.push_back(attempt);
    holdings.push_back(attempt->context.holding());
  }
  if (held.empty()) co_return;
  const auto holds = co_await parts_.store.extend(parts_.worker, std::move(holdings),
                                                  settings_.lease, parts_.worker.clock().wall());
  if (!holds) {
    parts_.log.warning("STORE_FAILED", holds.error().for_log());
    co_return;
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    if ((*holds)[i] == Hold::kHeld || held[i]->is_answered) continue;
    if ((*holds)[i] == Hold::kLost) held[i]->is_answered = true;
    held[i]->context.cancellation().cancel();
  }
}

async::Task<void> Runner::drain(Deadline deadline) {
  is_draining_ = true;
  bell_.set();
  while (!attempts_.empty()) {
    is_idle_.reset();
    const auto wake = co_await is_idle_.wait(deadline);
    if (wake == async::Wake::kTimedOut) break;
  }
  for (const auto& attempt : std::vector(attempts_)) {
    const bool is_left = !std::exchange(attempt->is_answered, true);
    attempt->context.cancellation().cancel();
    if (is_left) co_await give_back(attempt->context.holding());
  }
  is_over_.set();
  co_await tasks_.join();
}

}  // namespace gatehouse::jobs
