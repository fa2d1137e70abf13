// What becomes of limits while the shared counters are away.
#pragma once

#include "gatehouse/guard/rate_store.hpp"

namespace gatehouse::guard {

enum class RateFailMode : std::uint8_t {
  kLocalShare,  // this replica grants its share of each limit from counters of its own
  kOpen,        // everything is admitted
  kClosed,      // everything is refused
};

// A store before a store: asks the shared one, and lets the fail mode answer when that has failed.
// A policy has one for its own mode and one that is closed, for sign-in and the creation of keys.
// Both stores outlive it. Safe to call from any thread.
class FallbackRateStore final : public RateStore {
 public:
  FallbackRateStore(RateStore& shared, RateStore& local, RateFailMode mode,
                    std::uint32_t replica_count) noexcept;

  RateOutcome try_decide(std::span<const RateCharge> charges,
                         std::uint64_t now_ms) noexcept override;
  void settle(const RateReservation& reservation, std::uint32_t cost) noexcept override;

 private:
  RateOutcome decide_share(std::span<const RateCharge> charges, std::uint64_t now_ms) noexcept;

  RateStore& shared_;
  RateStore& local_;
  RateFailMode mode_;
  std::uint32_t replica_count_;
};

}  // namespace gatehouse::guard
