#include "gatehouse/guard/rate_fallback.hpp"

#include <algorithm>

namespace gatehouse::guard {
namespace {

// How soon to ask again: a store that went away for a moment is back by then.
constexpr std::uint32_t kClosedRetrySeconds = 5;

RateOutcome answer_uncounted(bool is_admitted) noexcept {
  RateOutcome outcome{.status = RateStatus::kDecided, .decision = {}, .is_degraded = true};
  outcome.decision.is_admitted = is_admitted;
  outcome.decision.retry_after_s = is_admitted ? 0 : kClosedRetrySeconds;
  return outcome;
}

}  // namespace

FallbackRateStore::FallbackRateStore(RateStore& shared, RateStore& local, RateFailMode mode,
                                     std::uint32_t replica_count) noexcept
    : shared_(shared), local_(local), mode_(mode), replica_count_(std::max(replica_count, 1U)) {}

RateOutcome FallbackRateStore::try_decide(std::span<const RateCharge> charges,
                                          std::uint64_t now_ms) noexcept {
  const RateOutcome outcome = shared_.try_decide(charges, now_ms);
  if (outcome.status != RateStatus::kFailed) return outcome;
  switch (mode_) {
    case RateFailMode::kOpen:
      return answer_uncounted(true);
    case RateFailMode::kLocalShare:
      return decide_share(charges, now_ms);
    case RateFailMode::kClosed:
      break;
  }
  return answer_uncounted(false);
}

void FallbackRateStore::settle(const RateReservation& reservation, std::uint32_t cost) noexcept {
  (reservation.is_degraded ? local_ : shared_).settle(reservation, cost);
}

RateOutcome FallbackRateStore::decide_share(std::span<const RateCharge> charges,
                                            std::uint64_t now_ms) noexcept {
  if (charges.size() > kMaxRateCharges) return answer_uncounted(false);
  std::array<RateCharge, kMaxRateCharges> shares;
  std::ranges::copy(charges, shares.begin());
  // Rounded down, to nothing if need be: all replicas together stay under the limit.
  for (RateCharge& share : shares) share.limit /= replica_count_;
  RateOutcome outcome = local_.try_decide(std::span(shares).first(charges.size()), now_ms);
  if (outcome.status != RateStatus::kDecided) return answer_uncounted(false);
  outcome.is_degraded = true;
  return outcome;
}

}  // namespace gatehouse::guard
