#include "gatehouse/jobs/retry.hpp"

#include <algorithm>

namespace gatehouse::jobs {
namespace {

constexpr std::uint32_t kMaxDoublings = 20;
constexpr Duration kLongestRetryAfter = std::chrono::hours(24);

}  // namespace

bool makes_sense_again(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
    case ErrorCode::kForbidden:
    case ErrorCode::kNotFound:
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kGone:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupportedMedia:
    case ErrorCode::kContentBlocked:
      return false;
    default:
      return true;
  }
}

Duration retry_delay(const RetryTerms& terms, std::uint32_t attempt, const Error& error,
                     Random& random) {
  const std::uint32_t doublings = std::min(attempt > 0 ? attempt - 1 : 0, kMaxDoublings);
  const Duration most = std::min(terms.cap, terms.base * (std::int64_t{1} << doublings));
  const Duration jitter(random.below(static_cast<std::uint64_t>(most.count()) + 1));
  const Duration asked = std::chrono::milliseconds(error.retry_after_ms);
  return std::min(asked, kLongestRetryAfter) + jitter;
}

}  // namespace gatehouse::jobs
