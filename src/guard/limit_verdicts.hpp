// What the guard says of limits that were decided.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "gatehouse/guard/rate_limits.hpp"
#include "gatehouse/guard/rate_store.hpp"
#include "gatehouse/guard/token_reservation.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

// Nothing: admitted. Appends the limits' header lines in any case.
std::optional<Verdict> verdict_of(const RateCharges& charges, const RateOutcome& outcome,
                                  std::string& header_lines);

// The tokens of a turn, or why no wait would ever let it in. Tokens have a limit for `principal`.
std::expected<std::uint64_t, Verdict> tokens_to_reserve(const TokenEstimate& estimate,
                                                        const RateLimits& limits,
                                                        const Principal& principal);

}  // namespace gatehouse::guard
