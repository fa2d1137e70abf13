#include "rate_decision.hpp"

#include <algorithm>

#include "spin_lock.hpp"

namespace gatehouse::store::memory {
namespace {

using guard::RateCharge;
using guard::RateDecision;

RateIdentity identity_of(const RateCharge& charge, std::uint64_t spread_key) noexcept {
  return {.tag = static_cast<std::uint32_t>(spread_key),
          .window_s = charge.window_s,
          .standing = charge.is_authenticated ? Standing::kKnown : Standing::kStranger};
}

RateIdentity parent_of(const RateCharge& charge) noexcept {
  return {.tag = static_cast<std::uint32_t>(spread(charge.parent_key)),
          .window_s = charge.window_s,
          .standing = charge.is_authenticated ? Standing::kKnown : Standing::kParent};
}

std::uint32_t whole_seconds(std::uint64_t wait_ms) noexcept {
  return static_cast<std::uint32_t>(std::max<std::uint64_t>((wait_ms + 999) / 1000, 1));
}

}  // namespace

RateDecisionRun::RateDecisionRun(std::span<RateSet> sets, std::span<const RateCharge> charges,
                                 std::uint64_t now_ms) noexcept
    : sets_(sets), charges_(charges), now_ms_(now_ms) {
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    const RateCharge& charge = charges_[i];
    const std::uint64_t key = spread(charge.key);
    Plan& plan = plans_[i];
    plan.cell = plan.parent = nullptr;
    plan.first_hit = nullptr;
    plan.is_cell_new = plan.is_parent_new = false;
    plan.set = &set_of(sets_, key);
    plan.who = identity_of(charge, key);
    __builtin_prefetch(plan.set, 1);
    __builtin_prefetch(&plan.set->cells[RateSet::home_way(plan.who)], 1);
  }
  for (std::size_t i = 0; i < charges_.size(); ++i) plans_[i].clock = clock_of(i);
}

// Divisions are dear, and windows repeat: a minute, an hour, a minute …
SegmentClock RateDecisionRun::clock_of(std::size_t index) const noexcept {
  const std::uint32_t window_s = charges_[index].window_s;
  for (std::size_t back = 1; back <= std::min<std::size_t>(index, 2); ++back) {
    if (charges_[index - back].window_s == window_s) return plans_[index - back].clock;
  }
  return {now_ms_, window_s};
}

void RateDecisionRun::decide(RateDecision& decision) noexcept {
  if (!plan_all(false)) plan_all(true);
  if (do_sets_coincide_) count_shared_places();
  decision.is_admitted = judge();
  if (decision.is_admitted) charge_all();
  tell(decision);
  if (has_newcomers_) release_empty_places();
  unlock_sets();
}

void RateDecisionRun::add_to_locks(RateSet* set) noexcept {
  std::size_t at = locked_count_;
  while (at > 0 && locked_[at - 1] > set) --at;
  if (at > 0 && locked_[at - 1] == set) {
    do_sets_coincide_ = true;
    return;
  }
  for (std::size_t i = locked_count_; i > at; --i) locked_[i] = locked_[i - 1];
  locked_[at] = set;
  ++locked_count_;
}

void RateDecisionRun::lock_sets(bool with_parents) noexcept {
  locked_count_ = 0;
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    add_to_locks(plans_[i].set);
    if (!with_parents) continue;
    plans_[i].parent_set = &set_of(sets_, spread(charges_[i].parent_key));
    add_to_locks(plans_[i].parent_set);
  }
  for (std::size_t i = 0; i < locked_count_; ++i) lock_spinning(locked_[i]->lock);
}

void RateDecisionRun::unlock_sets() noexcept {
  for (std::size_t i = 0; i < locked_count_; ++i) unlock_spinning(locked_[i]->lock);
}

// Leaves the sets locked if it could plan everything, and only then.
bool RateDecisionRun::plan_all(bool with_parents) noexcept {
  lock_sets(with_parents);
  for (std::size_t i = 0; i < charges_.size(); ++i) plans_[i].set->prefetch_cell(plans_[i].who);
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    Plan& plan = plans_[i];
    plan.cell = plan.set->find_cell(plan.who, plan.clock);
    plan.parent = nullptr;
    plan.first_hit = nullptr;
    plan.is_cell_new = plan.is_parent_new = false;
    plan.is_spilled = plan.is_refused = plan.is_without_room = false;
    if (plan.cell != nullptr) {
      plan.line = plan.cell;
      plan.used = plan.cell->total();
    } else if (!plan_newcomer(i, with_parents)) {
      release_empty_places();
      unlock_sets();
      return false;
    }
  }
  return true;
}

// A key without a line has spent what its first hit says, and, if keys of its set have lately been
// charged to their parents, perhaps what its parent's line says: all of that counts against it.
// False: a parent is needed and not locked.
bool RateDecisionRun::plan_newcomer(std::size_t index, bool with_parents) noexcept {
  has_newcomers_ = true;
  const RateCharge& charge = charges_[index];
  Plan& plan = plans_[index];
  const bool may_have_spilled = plan.set->has_spilled(plan.clock);
  if (may_have_spilled && !with_parents) return false;
  if (with_parents) plan.parent = plan.parent_set->find_cell(parent_of(charge), plan.clock);
  const RateCell* inherited = may_have_spilled ? plan.parent : nullptr;
  FirstHit* hit = plan.set->find_first_hit(plan.who, plan.clock);
  plan.used = (hit != nullptr ? hit->cost : 0) + (inherited != nullptr ? inherited->total() : 0);
  plan.line = inherited;
  plan.waits_for = hit != nullptr ? hit->segment : plan.clock.now();
  plan.is_refused = plan.used + charge.cost > charge.limit;
  if (plan.is_refused) return true;  // and takes no room
  if (hit != nullptr && hit->cost == 0) {
    plan.first_hit = hit;  // taken by an equal key of this decision: they share it
    return true;
  }
  if (hit == nullptr && !charge.is_authenticated) {
    plan.first_hit = plan.set->make_first_hit(plan.who, plan.clock);
    if (plan.first_hit != nullptr) return true;
  }
  plan.cell = plan.set->make_cell(plan.who, plan.clock);
  if (plan.cell != nullptr) {
    plan.is_cell_new = true;
    move_in(plan, *plan.cell, hit, inherited);
    return true;
  }
  if (!with_parents) return false;
  plan_spill(index, hit);
  return true;
}

// What the key has spent elsewhere goes with it into its new line.
void RateDecisionRun::move_in(Plan& plan, RateCell& cell, FirstHit* hit,
                              const RateCell* inherited) noexcept {
  if (inherited != nullptr) cell = *inherited;
  if (hit != nullptr) {
    cell.add_at(hit->segment, hit->cost);
    *hit = {};
  }
  plan.line = &cell;
  plan.used = cell.total();
}

void RateDecisionRun::plan_spill(std::size_t index, const FirstHit* hit) noexcept {
  Plan& plan = plans_[index];
  if (plan.parent == nullptr) {
    plan.parent = plan.parent_set->make_cell(parent_of(charges_[index]), plan.clock);
    plan.is_parent_new = plan.parent != nullptr;
  }
  plan.cell = plan.parent;
  plan.line = plan.parent;
  plan.is_without_room = plan.is_refused = plan.cell == nullptr;
  if (plan.is_without_room) return;
  plan.is_spilled = true;
  plan.used = plan.cell->total() + (hit != nullptr ? hit->cost : 0);
}

// Charges that go to the same place (a parent of several, or keys that collide) count together.
void RateDecisionRun::count_shared_places() noexcept {
  for (std::size_t i = 1; i < charges_.size(); ++i) {
    Plan& plan = plans_[i];
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      const Plan& other = plans_[earlier];
      const bool is_shared = plan.cell != nullptr
                                 ? plan.cell == other.cell
                                 : plan.first_hit != nullptr && plan.first_hit == other.first_hit;
      if (is_shared) plan.used += charges_[earlier].cost;
    }
  }
}

bool RateDecisionRun::judge() noexcept {
  bool is_admitted = true;
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    Plan& plan = plans_[i];
    plan.is_refused = plan.is_refused || plan.used + charges_[i].cost > charges_[i].limit;
    is_admitted = is_admitted && !plan.is_refused;
    charges_without_room_ += plan.is_without_room ? 1 : 0;
  }
  return is_admitted;
}

void RateDecisionRun::charge_all() noexcept {
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    Plan& plan = plans_[i];
    plan.used += charges_[i].cost;
    if (plan.first_hit != nullptr) {
      plan.first_hit->cost += charges_[i].cost;
      continue;
    }
    plan.cell->add(charges_[i].cost);
    if (!plan.is_spilled) continue;
    plan.set->note_spill(plan.clock, plan.cell->newest());
    ++spilled_charges_;
  }
}

// So nothing that was refused, or only asked, takes room from others.
void RateDecisionRun::release_empty_places() noexcept {
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    const Plan& plan = plans_[i];
    if (plan.first_hit != nullptr && plan.first_hit->cost == 0) *plan.first_hit = {};
    if (plan.is_parent_new && plan.parent->total() == 0) plan.parent_set->release(*plan.parent);
    if (plan.is_cell_new && plan.cell->total() == 0) plan.set->release(*plan.cell);
  }
}

void RateDecisionRun::tell(RateDecision& decision) const noexcept {
  decision.quota_count = static_cast<std::uint8_t>(charges_.size());
  std::uint32_t least = UINT32_MAX;
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    const Plan& plan = plans_[i];
    const std::uint32_t limit = charges_[i].limit;
    const auto used = static_cast<std::uint32_t>(std::min<std::uint64_t>(plan.used, limit));
    guard::RateQuota& quota = decision.quotas[i];
    quota = {.remaining = plan.is_without_room ? 0 : limit - used,
             .reset_s = whole_seconds(reset_ms(plan)),
             .segment = plan.cell != nullptr ? plan.cell->newest() : plan.clock.now()};
    if (plan.is_spilled) [[unlikely]]
      decision.at_parents = static_cast<std::uint16_t>(decision.at_parents | 1U << i);
    if (plan.is_refused) {
      const std::uint32_t retry_after_s = whole_seconds(wait_ms(i));
      quota.reset_s = std::min(quota.reset_s, retry_after_s);
      if (retry_after_s > decision.retry_after_s) {
        decision.retry_after_s = retry_after_s;
        decision.worst = static_cast<std::uint8_t>(i);
      }
    } else if (decision.is_admitted && quota.remaining < least) {
      least = quota.remaining;
      decision.worst = static_cast<std::uint8_t>(i);
    }
  }
}

// Until this charge, refused now, would be admitted if nothing else came.
std::uint64_t RateDecisionRun::wait_ms(std::size_t index) const noexcept {
  const RateCharge& charge = charges_[index];
  const Plan& plan = plans_[index];
  const SegmentClock& clock = plan.clock;
  const std::uint64_t full_ms = clock.leaves_at_ms(clock.now()) - now_ms_;
  if (charge.cost > charge.limit) return full_ms;  // it never fits
  // Some lines leave the window with every segment.
  if (plan.is_without_room) return std::uint64_t{charge.window_s} * 1000 / 16;
  if (plan.line == nullptr) return clock.leaves_at_ms(plan.waits_for) - now_ms_;
  const std::uint64_t excess = plan.used + charge.cost - charge.limit;
  if (plan.line->total() < excess) return full_ms;  // a first hit has to go as well
  const auto amount = static_cast<std::uint32_t>(excess);
  return clock.leaves_at_ms(plan.line->last_to_leave(amount)) - now_ms_;
}

// Until the oldest of what the key has spent is forgotten.
std::uint64_t RateDecisionRun::reset_ms(const Plan& plan) const noexcept {
  const std::uint32_t oldest = plan.line != nullptr ? plan.line->oldest() : plan.waits_for;
  return plan.clock.leaves_at_ms(oldest) - now_ms_;
}

// A key whose charge stands at its parent may have got a line since, with a copy of it. Both are
// set right under both locks: a line that is made in between would copy half of it.
void settle(std::span<RateSet> sets, const guard::RateReservation& reservation,
            std::uint32_t cost) noexcept {
  const RateCharge& charge = reservation.charge;
  const std::uint64_t key = spread(charge.key);
  const RateIdentity who = identity_of(charge, key);
  RateSet* const own = &set_of(sets, key);
  RateSet* const other = reservation.is_at_parent ? &set_of(sets, spread(charge.parent_key)) : own;
  lock_spinning(std::min(own, other)->lock);
  if (other != own) lock_spinning(std::max(own, other)->lock);
  if (RateCell* cell = own->find_cell(who)) {
    cell->settle(reservation.segment, charge.cost, cost);
  } else if (!reservation.is_at_parent) {
    FirstHit* hit = own->find_first_hit(who, reservation.segment);
    if (hit != nullptr) hit->cost = settled(hit->cost, charge.cost, cost, kMaxCount);
    if (hit != nullptr && hit->cost == 0) *hit = {};
  }
  RateCell* parent = reservation.is_at_parent ? other->find_cell(parent_of(charge)) : nullptr;
  if (parent != nullptr) parent->settle(reservation.segment, charge.cost, cost);
  if (other != own) unlock_spinning(other->lock);
  unlock_spinning(own->lock);
}

}  // namespace gatehouse::store::memory
