// A budget for tests: one counter of tokens with so many left.
#pragma once

#include <algorithm>

#include "gatehouse/guard/budget_reservation.hpp"

namespace gatehouse::chat::testing {

class SmallBudget final : private guard::RateStore, private guard::Explanations {
 public:
  explicit SmallBudget(std::uint32_t tokens) : left_(tokens) {}

  // With so many tokens reserved, at a price that nothing has.
  guard::BudgetReservation reserve(std::uint64_t tokens) {
    const guard::RateLimits limits(
        *guard::make_rate_limit_policy("balanced", {.tokens_per_day = 1'000'000}), "default", {});
    guard::BudgetReservation budget(
        {.store = *this,
         .rate_clock = rate_clock_,
         .clock = clock_,
         .sampler = sampler_,
         .explanations = *this},
        {.charges = limits.for_budgets({}, IpPrefix::of_client(*IpAddress::parse("192.0.2.1"))),
         .step_tokens = 4,
         .cut = {.request_id = "r1", .rule = "limit.cut", .action = "cut", .told = "Cut."}});
    guard::RateCharges asked;
    static_cast<void>(budget.reserve({.tokens = tokens}, asked));
    return budget;
  }
  std::uint32_t left() const { return left_; }
  std::size_t explained() const { return explained_; }

 private:
  guard::RateOutcome try_decide(std::span<const guard::RateCharge> charges,
                                std::uint64_t) noexcept override {
    guard::RateOutcome outcome{.status = guard::RateStatus::kDecided};
    outcome.decision.is_admitted = charges[0].cost <= left_;
    outcome.decision.quota_count = 1;
    if (outcome.decision.is_admitted) left_ -= charges[0].cost;
    outcome.decision.quotas[0].remaining = left_;
    return outcome;
  }
  void settle(const guard::RateReservation& reservation, std::uint32_t cost) noexcept override {
    left_ += reservation.charge.cost;
    left_ -= std::min(left_, cost);
  }
  void add(guard::Explanation) noexcept override { ++explained_; }

  std::uint32_t left_;
  std::size_t explained_ = 0;
  FakeClock clock_;
  guard::RateClock rate_clock_{clock_};
  guard::ExplanationSampler sampler_;
};

}  // namespace gatehouse::chat::testing
