// Port: where jobs are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/jobs/job.hpp"

namespace gatehouse::jobs {

struct Claim {
  struct Room {
    std::string queue;
    std::uint32_t jobs = 0;  // at most
  };
  std::vector<Room> rooms;
  std::vector<std::string> kinds;  // those that can be run here; others stay where they are
  Duration lease = std::chrono::seconds(30);
  WallTime now;
};

struct Claimed {
  std::vector<Job> jobs;  // by queue, then priority and time
  std::vector<std::string>
      stopping;           // ids of running jobs, wherever they run, that are asked to end
  std::vector<Job> dead;  // their leases ran out once too often
};

// Who may still say something about a job.
struct Holding {
  std::string id;
  std::uint64_t fence = 0;
};

enum class Hold : std::uint8_t { kHeld, kStopping, kLost };

struct Failure {
  std::string reason;
  std::optional<WallTime> retry_at;  // nothing: it is dead
};

struct JobFilter {
  std::string site = "default";
  std::string queue = {};  // empty: all
  std::optional<JobState> state = {};
};

struct JobPage {
  std::vector<Job> jobs;  // the newest first
  std::string next;       // empty: there is no more
};

// Of one queue and site. The last four count since the store was made and never go back.
struct QueueStatistics {
  std::string site;
  std::string queue;
  std::uint64_t ready = 0;
  std::uint64_t scheduled = 0;
  std::uint64_t running = 0;
  std::optional<WallTime> oldest_ready;  // when the one that has waited longest could have begun
  std::uint64_t dead_now = 0;            // to be looked at
  std::uint64_t done = 0;
  std::uint64_t retried = 0;
  std::uint64_t dead = 0;
  std::uint64_t run_ms = 0;  // that done jobs ran, in their last attempts
};

struct Ended {
  WallTime done_before;  // done and cancelled ones
  WallTime dead_before;
  WallTime now;
};

// Safe from any worker: answers come back on `home`. What is answered well is durable. Execution is
// at least once, completion effectively once: a job whose lease ran out is given to another, with
// another fence, and what the first one says from then on is refused with kConflict. kNotFound for
// an id that is not there, or of another site. Every call moves jobs whole or not at all.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // All of them or none, in their order. kInvalid names what is too large.
  virtual async::Task<Result<std::vector<Enqueued>>> enqueue(async::Worker& home,
                                                             std::vector<NewJob> jobs,
                                                             WallTime now) = 0;
  // What is due, that included whose lease ran out. By priority, then time, then as it came; but of
  // 15 turns of a queue 8, 4, 2 and 1 begin with each priority, so that none starves.
  virtual async::Task<Result<Claimed>> claim(async::Worker& home, Claim claim) = 0;
  // One answer for each, in their order. A lease that has run out and was given to nobody holds on.
  virtual async::Task<Result<std::vector<Hold>>> extend(async::Worker& home,
                                                        std::vector<Holding> holdings,
                                                        Duration lease, WallTime now) = 0;
  virtual async::Task<Result<void>> report(async::Worker& home, Holding holding,
                                           Progress progress) = 0;
  virtual async::Task<Result<void>> complete(async::Worker& home, Holding holding,
                                             std::string result, WallTime now) = 0;
  // A job that is asked to end is cancelled by this; one without attempts left is dead.
  virtual async::Task<Result<JobState>> fail(async::Worker& home, Holding holding, Failure failure,
                                             WallTime now) = 0;
  // Given back: ready at once, and the attempt doesn't count.
  virtual async::Task<Result<void>> release(async::Worker& home, Holding holding, WallTime now) = 0;

  // A waiting one is cancelled at once; of a running one it is asked. kConflict: it has ended.
  virtual async::Task<Result<JobState>> cancel(async::Worker& home, std::string site,
                                               std::string id, WallTime now) = 0;
  // A dead one is ready again, with all its attempts. kConflict: it isn't dead.
  virtual async::Task<Result<void>> requeue(async::Worker& home, std::string site, std::string id,
                                            WallTime now) = 0;
  virtual async::Task<Result<Job>> find(async::Worker& home, std::string site, std::string id,
                                        WallTime now) = 0;
  // `after`: `next` of the page before, or empty. kInvalid, with the field `after`, for any other.
  virtual async::Task<Result<JobPage>> list(async::Worker& home, JobFilter filter,
                                            std::string after, std::uint32_t limit,
                                            WallTime now) = 0;
  // By site and queue; those that ever had a job.
  virtual async::Task<Result<std::vector<QueueStatistics>>> statistics(async::Worker& home,
                                                                       WallTime now) = 0;
  // Keys stay for their time. How many jobs went.
  virtual async::Task<Result<std::uint64_t>> remove_ended(async::Worker& home, Ended ended) = 0;
};

// What every store refuses before it keeps anything.
Result<void> check_new_jobs(const std::vector<NewJob>& jobs);
// At most `limit_bytes`, cut at a character's border; what isn't UTF-8 ends where it stops being
// that.
std::string cut_text(std::string text, std::size_t limit_bytes = kMaxMessageBytes);

std::unexpected<Error> job_not_found();
std::unexpected<Error> job_is_lost();

}  // namespace gatehouse::jobs
