// The port to the counters behind every limit, and the words in which a decision is asked and told.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gatehouse::guard {

inline constexpr std::size_t kMaxRateCharges = 16;                      // in one decision
inline constexpr std::uint32_t kMaxRateLimit = (1U << 24) - 1;          // what a counter holds
inline constexpr std::uint32_t kMaxRateWindowSeconds = (1U << 23) - 1;  // 97 days

// Secret and random: whoever knew it could choose keys that collide with another's.
struct RateSeed {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// One counter to be charged. Keys of one decision are distinct.
struct RateCharge {
  std::uint64_t key = 0;         // (site, dimension, canonical key, window), hashed with a secret
  std::uint64_t parent_key = 0;  // who answers for the key when there is no room for it: a function
                                 // of the key alone, and never itself the key of a charge
  std::uint32_t limit = 0;       // at most so much cost in any window; ≤ kMaxRateLimit
  std::uint32_t window_s = 0;    // 1 to kMaxRateWindowSeconds
  std::uint32_t cost = 1;        // 0 asks without charging
  bool is_authenticated = false;  // strangers get a counter of their own at their second hit only
};

struct RateQuota {
  std::uint32_t remaining = 0;  // what the key may still spend, after this decision
  std::uint32_t reset_s = 0;    // until more than that is free again
  std::uint32_t segment = 0;    // the part of the window that the charge stands in
};

struct RateDecision {
  bool is_admitted = false;
  std::uint8_t worst = 0;           // the charge that refuses for longest, or that has least left
  std::uint8_t quota_count = 0;     // as many as charges, or 0 where nothing was counted
  std::uint16_t at_parents = 0;     // a bit for each charge that stands in its parent's counter
  std::uint32_t retry_after_s = 0;  // 0 when admitted; never earlier than reset_s of `worst`
  std::array<RateQuota, kMaxRateCharges> quotas{};
};

enum class RateStatus : std::uint8_t {
  kDecided,  // `decision` holds
  kPending,  // this replica can't tell alone and has charged nothing: the decision must be awaited.
             // No store in the process answers so; the awaited call comes with the first that does
  kFailed,   // the store is away and has charged nothing: the policy's fail mode decides
};

struct RateOutcome {
  RateStatus status = RateStatus::kFailed;
  RateDecision decision{};
  bool is_degraded = false;  // a fail mode decided, not the store
};

// What an admitted charge has taken before its true cost was known.
struct RateReservation {
  RateCharge charge;
  std::uint32_t segment = 0;
  bool is_at_parent = false;
  bool is_degraded = false;  // a fail mode's store holds it
};
inline RateReservation reservation_of(const RateCharge& charge, const RateOutcome& outcome,
                                      std::size_t index) noexcept {
  return {.charge = charge,
          .segment = outcome.decision.quotas[index].segment,
          .is_at_parent = (outcome.decision.at_parents >> index & 1U) != 0,
          .is_degraded = outcome.is_degraded};
}

// Decides charges together: all are admitted and charged, or none is.
// Strict: in any window of `window_s`, ends included, a key is admitted no more than its `limit`,
// where what was reserved counts as such until it is settled.
// Safe to call from any thread; never blocks, throws or allocates.
class RateStore {
 public:
  virtual ~RateStore() = default;
  // `now_ms` is a RateClock read for this very decision (a stale one widens the window by as much):
  // under eight years. An older one than the store has
  // seen counts as the newest. Charges that break the bounds above fail: they are bugs.
  virtual RateOutcome try_decide(std::span<const RateCharge> charges,
                                 std::uint64_t now_ms) noexcept = 0;
  // Once for each reservation, of a cost of at least 1: gives back or adds what `cost` differs by,
  // in the segment that was charged; nothing, if that has left the window. More than the limit
  // allows is a debt, for which later charges wait until it has left.
  virtual void settle(const RateReservation& reservation, std::uint32_t cost) noexcept = 0;
};

}  // namespace gatehouse::guard
