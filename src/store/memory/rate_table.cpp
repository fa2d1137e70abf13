#include "gatehouse/store/memory/rate_table.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include "rate_decision.hpp"

namespace gatehouse::store::memory {
namespace {

bool is_usable(const guard::RateCharge& charge) noexcept {
  return charge.limit <= guard::kMaxRateLimit && charge.window_s > 0 &&
         charge.window_s <= guard::kMaxRateWindowSeconds;
}

}  // namespace

Result<std::unique_ptr<RateTable>> RateTable::create(std::size_t bytes) {
  const std::size_t set_count = bytes / sizeof(RateSet);
  if (set_count == 0 || set_count > UINT32_MAX) {
    return fail(ErrorCode::kInvalid, "The table of rate limits needs 1 KiB to 4 TiB.");
  }
  void* memory = mmap(nullptr, set_count * sizeof(RateSet), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return fail(
        ErrorCode::kUnavailable, "There is not enough memory for the rate limits.",
        "mmap of " + std::to_string(bytes) + " bytes: " + std::generic_category().message(errno));
  }
  // A key touches two lines at random: huge pages would make the whole table resident at once.
  madvise(memory, set_count * sizeof(RateSet), MADV_NOHUGEPAGE);
  return std::unique_ptr<RateTable>(new RateTable(static_cast<RateSet*>(memory), set_count));
}

RateTable::RateTable(RateSet* sets, std::size_t set_count) noexcept
    : sets_(sets), set_count_(set_count) {}

RateTable::~RateTable() { munmap(sets_, set_count_ * sizeof(RateSet)); }

guard::RateOutcome RateTable::try_decide(std::span<const guard::RateCharge> charges,
                                         std::uint64_t now_ms) noexcept {
  guard::RateOutcome outcome;
  if (charges.size() > guard::kMaxRateCharges || !std::ranges::all_of(charges, is_usable)) {
    return outcome;
  }
  RateDecisionRun run(std::span(sets_, set_count_), charges, now_ms);
  outcome.status = guard::RateStatus::kDecided;
  run.decide(outcome.decision);
  if (run.spilled_charges() != 0) {
    spilled_charges_.fetch_add(run.spilled_charges(), std::memory_order_relaxed);
  }
  if (run.charges_without_room() != 0) {
    charges_without_room_.fetch_add(run.charges_without_room(), std::memory_order_relaxed);
  }
  return outcome;
}

void RateTable::settle(const guard::RateReservation& reservation, std::uint32_t cost) noexcept {
  memory::settle(std::span(sets_, set_count_), reservation, cost);
}

}  // namespace gatehouse::store::memory
