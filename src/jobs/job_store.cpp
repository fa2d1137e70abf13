#include "gatehouse/jobs/job_store.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "gatehouse/base/text.hpp"

namespace gatehouse::jobs {
namespace {

constexpr std::array<std::string_view, kJobStates> kStateNames = {
    "scheduled", "ready", "running", "done", "dead", "cancelled"};

bool is_name(std::string_view text) { return !text.empty() && text.size() <= kMaxNameBytes; }

Result<void> check(const NewJob& job) {
  if (!is_name(job.queue)) return fail_field("queue", "A job needs a queue.");
  if (!is_name(job.kind)) return fail_field("kind", "A job needs a kind.");
  if (job.payload.size() > kMaxPayloadBytes)
    return fail_field("payload", "A job carries at most 256 KB.");
  if (job.priority >= kPriorities) return fail_field("priority", "A priority is 0, 1, 2 or 3.");
  if (job.max_attempts == 0) return fail_field("max_attempts", "A job is tried at least once.");
  if (job.idempotency_key.size() > kMaxNameBytes || job.owner.size() > kMaxNameBytes)
    return fail_field("idempotency_key", "A job's key and owner have at most 200 bytes.");
  return {};
}

}  // namespace

std::string_view name_of(JobState state) { return kStateNames[static_cast<std::size_t>(state)]; }

std::optional<JobState> job_state_of(std::string_view name) {
  const auto* const found = std::ranges::find(kStateNames, name);
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<JobState>(found - kStateNames.begin());
}

Result<void> check_new_jobs(const std::vector<NewJob>& jobs) {
  if (jobs.size() > kMaxJobsAtOnce)
    return fail_field("jobs", "At most " + std::to_string(kMaxJobsAtOnce) + " jobs at once.");
  for (const auto& job : jobs) {
    if (auto checked = check(job); !checked) return checked;
  }
  return {};
}

std::string cut_text(std::string text, std::size_t limit_bytes) {
  const auto kept = std::string_view(text).substr(0, limit_bytes);
  text.resize(scan_utf8(kept).bytes);
  return text;
}

std::unexpected<Error> job_not_found() {
  return fail(ErrorCode::kNotFound, "There is no such job.");
}

std::unexpected<Error> job_is_lost() {
  return fail(ErrorCode::kConflict, "This job has ended, or somebody else runs it by now.");
}

}  // namespace gatehouse::jobs
