// What a turn will cost in tokens, reserved before it is known and settled when it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "gatehouse/guard/rate_limits.hpp"
#include "gatehouse/guard/rate_store.hpp"

namespace gatehouse::guard {

// What can be told of a turn before its responder is asked.
struct TokenEstimate {
  std::uint64_t prompt = 0;
  std::string_view prompt_field;            // a literal: the member that holds it
  std::optional<std::uint64_t> reply = {};  // of one choice, where the client has set a most
  std::string_view reply_field = {};        // a literal: the member that sets it
  std::uint32_t choices = 1;
};

// Tokens that are reserved, until they are settled. Empty where tokens have no limit. What goes
// without having been settled has spent nothing and is given back. On any thread; its store
// outlives it.
class [[nodiscard]] TokenReservation {
 public:
  TokenReservation() = default;
  // `outcome` has admitted `charges`, for_tokens(`tokens`).
  TokenReservation(RateStore& store, const RateCharges& charges, const RateOutcome& outcome,
                   std::uint64_t tokens) noexcept;
  TokenReservation(TokenReservation&& other) noexcept { *this = std::move(other); }
  TokenReservation& operator=(TokenReservation&& other) noexcept;
  ~TokenReservation() { settle(0); }

  std::uint64_t tokens() const noexcept { return tokens_; }
  // The true cost. What comes later changes nothing.
  void settle(std::uint64_t tokens) noexcept;

 private:
  static constexpr std::size_t kMaxCharges = 3;
  struct Held {
    RateReservation reservation;
    RateCharges::Label label;
  };

  RateStore* store_ = nullptr;
  std::uint64_t tokens_ = 0;
  std::size_t count_ = 0;
  std::array<Held, kMaxCharges> held_;
};

}  // namespace gatehouse::guard
