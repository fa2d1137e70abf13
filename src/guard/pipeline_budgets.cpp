// What a turn may take, before its responder is asked.
#include <algorithm>

#include "gatehouse/guard/pipeline.hpp"
#include "limit_verdicts.hpp"

namespace gatehouse::guard {

std::expected<BudgetReservation, Verdict> Pipeline::reserve_budget(const TokenEstimate& estimate,
                                                                   const Caller& caller,
                                                                   const Policy& policy,
                                                                   std::string& header_lines) {
  if (!shared_.limits.has_budget(*caller.principal)) [[likely]]
    return BudgetReservation();
  const Price price = policy.prices ? policy.prices->dearest(estimate.models) : Price();
  const auto count = tokens_to_reserve(estimate, shared_.limits, *caller.principal, price);
  std::optional<Verdict> refused;
  if (count) {
    BudgetReservation budget = open_budget(price, caller, policy);
    RateCharges asked;
    const RateOutcome outcome =
        budget.reserve({.tokens = count->total(), .micros = price.of(*count)}, asked);
    refused = verdict_of(asked, outcome, header_lines);
    if (!refused) return budget;
  } else {
    refused = count.error();
  }
  note(*refused, Trail(), caller, {});
  return std::unexpected(std::move(*refused));
}

BudgetReservation Pipeline::open_budget(const Price& price, const Caller& caller,
                                        const Policy& policy) const {
  constexpr std::uint32_t kLeastStepTokens = 64;
  const IpPrefix client = IpPrefix::of_client(caller.client);
  const unsigned lost_eighths = shared_.escalation.level(*caller.principal);
  return {{.store = shared_.rates,
           .rate_clock = shared_.rate_clock,
           .clock = shared_.clock,
           .sampler = shared_.sampler,
           .explanations = shared_.explanations},
          {.charges = shared_.limits.for_budgets(*caller.principal, client, lost_eighths),
           .prices = policy.prices,
           .price = price,
           .step_tokens = std::max(shared_.limits.policy().tokens_reserved / 4, kLeastStepTokens),
           .client = client,
           .cut = {.request_id = std::string(caller.request_id),
                   .at = {},
                   .path = {},
                   .client = caller.client.to_string(),
                   .principal = caller.principal->owner(),
                   .rule = "limit.cut",
                   .action = "cut",
                   .told = "The answer ended early, because a budget is used up.",
                   .evidence = {},
                   .trail = {},
                   .policy = policy_version_}}};
}

}  // namespace gatehouse::guard
