// A store whose back end can be taken away: how fail modes are shown without one.
#pragma once

#include <atomic>

#include "gatehouse/guard/rate_store.hpp"

namespace gatehouse::guard::testing {

// Passes decisions on to a real store, which outlives it, until it is told to be away.
class FailingRateStore final : public RateStore {
 public:
  explicit FailingRateStore(RateStore& behind) : behind_(behind) {}
  void set_away(bool is_away) { is_away_ = is_away; }

  RateOutcome try_decide(std::span<const RateCharge> charges,
                         std::uint64_t now_ms) noexcept override {
    return is_away_ ? RateOutcome{} : behind_.try_decide(charges, now_ms);
  }
  void settle(const RateReservation& reservation, std::uint32_t cost) noexcept override {
    if (!is_away_) behind_.settle(reservation, cost);
  }

 private:
  RateStore& behind_;
  std::atomic<bool> is_away_ = true;
};

}  // namespace gatehouse::guard::testing
