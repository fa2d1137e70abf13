// What a job is: work done outside the request, durable, with progress.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::jobs {

inline constexpr std::size_t kMaxPayloadBytes = 256 * 1024;
inline constexpr std::size_t kMaxResultBytes = 64 * 1024;
inline constexpr std::size_t kMaxMessageBytes =
    500;                                             // of progress and reasons; longer ones are cut
inline constexpr std::size_t kMaxNameBytes = 200;    // of queues, kinds, owners and keys
inline constexpr std::size_t kMaxJobsAtOnce = 1000;  // in one call of enqueue()
inline constexpr unsigned kPriorities = 4;

// Scheduled is ready later. The last three are ends.
enum class JobState : std::uint8_t { kScheduled, kReady, kRunning, kDone, kDead, kCancelled };
inline constexpr std::size_t kJobStates = 6;
std::string_view name_of(JobState state);  // "scheduled" …
std::optional<JobState> job_state_of(std::string_view name);
inline bool has_ended(JobState state) { return state >= JobState::kDone; }

struct NewJob {
  std::string site = "default";
  std::string queue;
  std::string kind;           // names the handler
  std::string payload = {};   // bytes that the handler reads
  std::uint8_t priority = 1;  // 0 is first, 3 last
  WallTime run_at = {};       // not before; the past is now
  std::uint32_t max_attempts = 5;
  // With the same key a queue has one job: as long as that has not ended, and for `keep_key_for`
  // since it was taken on. Empty: none.
  std::string idempotency_key = {};
  Duration keep_key_for = std::chrono::hours(24);
  std::string owner = {};  // Principal::owner() of who may look at it; empty: operators alone
};

struct Enqueued {
  std::string id;
  bool is_new = false;  // false: the key had this job already
};

struct Progress {
  std::uint32_t percent = 0;  // to 100
  std::string message = {};
};

struct Job {
  std::string id;
  std::string site;
  std::string queue;
  std::string kind;
  std::string payload;  // of a claimed job alone
  std::uint8_t priority = 0;
  JobState state = JobState::kReady;
  std::string owner;
  std::uint32_t attempt = 0;  // how often it was begun since it was last made ready by hand
  std::uint32_t max_attempts = 0;
  // Grows with each claim and never goes back, also where attempts do: what tells the one who may
  // complete it from all who could before.
  std::uint64_t fence = 0;
  WallTime created_at;
  WallTime run_at;
  std::optional<WallTime> lease_until;  // while it runs
  std::optional<WallTime> started_at;   // of the latest attempt
  std::optional<WallTime> ended_at;
  bool is_cancel_asked = false;
  Progress progress;
  std::string reason;  // why the latest attempt failed; for operators
  std::string result;  // of a done job
};

}  // namespace gatehouse::jobs
