// What the guard says of limits that were decided.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "gatehouse/guard/budget_reservation.hpp"
#include "gatehouse/guard/rate_limits.hpp"
#include "gatehouse/guard/rate_store.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

// Nothing: admitted. Appends the limits' header lines in any case.
std::optional<Verdict> verdict_of(const RateCharges& charges, const RateOutcome& outcome,
                                  std::string& header_lines);

// What a turn may take at `price`, or why no wait would ever let it in. There is a budget for
// `principal`.
std::expected<TokenCount, Verdict> tokens_to_reserve(const TokenEstimate& estimate,
                                                     const RateLimits& limits,
                                                     const Principal& principal,
                                                     const Price& price = {});

}  // namespace gatehouse::guard
