#include "gatehouse/guard/token_reservation.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::guard {

TokenReservation::TokenReservation(RateStore& store, const RateCharges& charges,
                                   const RateOutcome& outcome, std::uint64_t tokens) noexcept
    : store_(&store), tokens_(tokens) {
  // A fail mode that counts nothing has no quotas.
  const std::size_t counted = std::min<std::size_t>(outcome.decision.quota_count, kMaxCharges);
  for (; count_ < counted; ++count_) {
    held_[count_] = {.reservation = reservation_of(charges.charges()[count_], outcome, count_),
                     .label = charges.labels()[count_]};
  }
}

TokenReservation& TokenReservation::operator=(TokenReservation&& other) noexcept {
  if (this == &other) return *this;
  settle(0);
  store_ = other.store_;
  tokens_ = other.tokens_;
  count_ = std::exchange(other.count_, 0);
  std::copy_n(other.held_.begin(), count_, held_.begin());
  return *this;
}

void TokenReservation::settle(std::uint64_t tokens) noexcept {
  const std::size_t count = std::exchange(count_, 0);
  for (std::size_t i = 0; i < count; ++i)
    store_->settle(held_[i].reservation, held_[i].label.units_of(tokens));
}

}  // namespace gatehouse::guard
