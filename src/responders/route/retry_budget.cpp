#include "gatehouse/responders/route/retry_budget.hpp"

#include <algorithm>

namespace gatehouse::responders {
namespace {

constexpr std::int64_t kOneRetry = 1000;
constexpr std::int64_t kShareOfCall = kOneRetry / 10;
constexpr std::int64_t kMost = 10 * kOneRetry;

}  // namespace

// A second is a thousand thousandths: a millisecond is one.
void RetryBudget::fill(TimePoint now) {
  if (filled_at_ == TimePoint{}) filled_at_ = now;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - filled_at_);
  if (passed.count() <= 0) return;
  thousandths_ = std::min(kMost, thousandths_ + std::min<std::int64_t>(passed.count(), kMost));
  filled_at_ += passed;
}

void RetryBudget::note_call(TimePoint now) {
  const std::lock_guard lock(mutex_);
  fill(now);
  thousandths_ = std::min(kMost, thousandths_ + kShareOfCall);
}

bool RetryBudget::take(TimePoint now) {
  const std::lock_guard lock(mutex_);
  fill(now);
  if (thousandths_ < kOneRetry) return false;
  thousandths_ -= kOneRetry;
  return true;
}

}  // namespace gatehouse::responders
