// Whether and when a job that failed is tried again.
#pragma once

#include <cstdint>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/random.hpp"

namespace gatehouse::jobs {

struct RetryTerms {
  Duration base = std::chrono::seconds(1);
  Duration cap = std::chrono::minutes(10);
};

// False for what would be answered the same again: it breaks a rule, or there is no such thing.
bool makes_sense_again(ErrorCode code);

// Anything from 0 to base × 2^(attempt - 1), at most the cap: those that failed together don't come
// back together. Not before `error.retry_after_ms`, if that is known, and of that at most a day.
Duration retry_delay(const RetryTerms& terms, std::uint32_t attempt, const Error& error,
                     Random& random);

}  // namespace gatehouse::jobs
