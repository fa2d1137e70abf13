// One decision of the rate table, from taking the locks to giving them back.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "gatehouse/guard/rate_store.hpp"
#include "rate_set.hpp"

namespace gatehouse::store::memory {

// Lives for one try_decide, on its stack. Planning changes no count: it finds where each charge
// would go and makes empty places. Then all are charged, or the empty places are taken back.
// Parents are locked only when a charge turns out to need one, which is rare: everything is then
// planned again. Locks are taken in the order of addresses, so decisions can't wait in a circle.
class RateDecisionRun {
 public:
  RateDecisionRun(std::span<RateSet> sets, std::span<const guard::RateCharge> charges,
                  std::uint64_t now_ms) noexcept;

  void decide(guard::RateDecision& decision) noexcept;
  std::uint32_t spilled_charges() const noexcept { return spilled_charges_; }
  std::uint32_t charges_without_room() const noexcept { return charges_without_room_; }

 private:
  // Where one charge goes: to a line, its own or its parent's, or to the place of a first hit.
  struct Plan {
    SegmentClock clock;
    RateIdentity who;
    RateSet* set;
    RateSet* parent_set;
    RateCell* cell;
    RateCell* parent;
    FirstHit* first_hit;
    const RateCell* line;     // what tells when something is forgotten; or, if null,
    std::uint32_t waits_for;  // the segment whose leaving gives room
    std::uint64_t used;       // all that counts against the key
    bool is_cell_new;
    bool is_parent_new;
    bool is_spilled;  // `cell` is the parent's
    bool is_refused;
    bool is_without_room;
  };

  SegmentClock clock_of(std::size_t index) const noexcept;
  void lock_sets(bool with_parents) noexcept;
  void add_to_locks(RateSet* set) noexcept;
  void unlock_sets() noexcept;
  bool plan_all(bool with_parents) noexcept;
  bool plan_newcomer(std::size_t index, bool with_parents) noexcept;
  static void move_in(Plan& plan, RateCell& cell, FirstHit* hit,
                      const RateCell* inherited) noexcept;
  void plan_spill(std::size_t index, const FirstHit* hit) noexcept;
  void count_shared_places() noexcept;
  bool judge() noexcept;
  void charge_all() noexcept;
  void release_empty_places() noexcept;
  void tell(guard::RateDecision& decision) const noexcept;
  std::uint64_t wait_ms(std::size_t index) const noexcept;
  std::uint64_t reset_ms(const Plan& plan) const noexcept;

  std::span<RateSet> sets_;
  std::span<const guard::RateCharge> charges_;
  std::uint64_t now_ms_;
  std::uint32_t spilled_charges_ = 0;
  std::uint32_t charges_without_room_ = 0;
  std::size_t locked_count_ = 0;
  bool do_sets_coincide_ = false;
  bool has_newcomers_ = false;
  // Filled as far as there are charges: clearing the rest would cost as much as deciding.
  std::array<RateSet*, 2 * guard::kMaxRateCharges> locked_;
  std::array<Plan, guard::kMaxRateCharges> plans_;
};

// Sets right what one charge of an earlier decision has taken.
void settle(std::span<RateSet> sets, const guard::RateReservation& reservation,
            std::uint32_t cost) noexcept;

}  // namespace gatehouse::store::memory
