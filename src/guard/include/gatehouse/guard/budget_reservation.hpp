// What a turn takes of its budgets: reserved before it is known, more of it while the answer grows,
// and settled when it has ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/guard/explanations.hpp"
#include "gatehouse/guard/price_table.hpp"
#include "gatehouse/guard/rate_clock.hpp"
#include "gatehouse/guard/rate_limits.hpp"
#include "gatehouse/guard/rate_store.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::guard {

// What can be told of a turn before its responder is asked.
struct TokenEstimate {
  std::uint64_t prompt = 0;
  std::string_view prompt_field;            // a literal: the member that holds it
  std::optional<std::uint64_t> reply = {};  // of one choice, where the client has set a most
  std::string_view reply_field = {};        // a literal: the member that sets it
  std::uint32_t choices = 1;
  std::span<const std::string> models = {};  // that may answer; asked for where money is limited
};

// What the reservations of a house share; all of it outlives them.
struct BudgetParts {
  RateStore& store;
  const RateClock& rate_clock;
  const Clock& clock;
  ExplanationSampler& sampler;
  Explanations& explanations;
};

// What one of them begins with.
struct BudgetTerms {
  RateCharges charges;                       // RateLimits::for_budgets()
  std::shared_ptr<const PriceTable> prices;  // null: nothing costs money
  Price price;                               // until it is known who answers
  std::uint64_t step_tokens = 1;             // what a growing answer takes at once, at least
  IpPrefix client;
  Explanation cut;  // what is told of an answer that ends at its budget
};

// Empty where there is no budget, and then as large as a pointer. What goes without having been
// settled has spent nothing and is given back. Moves between threads, is used by one at a time.
class [[nodiscard]] BudgetReservation {
 public:
  BudgetReservation() noexcept;
  BudgetReservation(const BudgetParts& parts, BudgetTerms&& terms);
  BudgetReservation(BudgetReservation&&) noexcept;
  BudgetReservation& operator=(BudgetReservation&& other) noexcept;
  ~BudgetReservation();

  bool is_held() const noexcept { return state_ != nullptr; }
  // Takes `cost` more of all budgets, or of none. `asked` are those it is something to.
  RateOutcome reserve(const Cost& cost, RateCharges& asked);

  // The rest only where it is held. What answers, as it calls itself and as it was asked for; a
  // model without a price costs nothing.
  void set_model(std::string_view model, std::string_view asked_model);
  // Reserves what `count` takes beyond what is reserved. How much of the reply is covered then: all
  // of it, or as much as the budgets had left.
  std::uint64_t cover(const TokenCount& count);
  // The true cost, at least what was reserved if `is_least_reserved`. What comes later changes
  // nothing.
  void settle(const TokenCount& count, bool is_least_reserved = false) noexcept;
  // The name of the budget that refused more, a literal; empty if none has.
  std::string_view refused_by() const noexcept;
  // Tells that the answer ended there: log, counter and explanation.
  void note_cut(telemetry::Log& log, telemetry::Counters& counters) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::guard
