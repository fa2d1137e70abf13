// Limits counted in the process.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/guard/rate_store.hpp"

namespace gatehouse::store::memory {

struct RateSet;

// A strict sliding window per key in a fixed table (rate_cell.hpp has the form of a line), whose
// memory is taken from the machine page by page as keys come. Refuses only if an exact log over the
// last 17/16 of a window plus the cost would exceed the limit. That holds while there is room: a
// key without a place is charged to its parent's line under its own limit, and takes the parent's
// counts with it when it gets a line. So it may be refused early, but is never admitted more. A
// line is given away once nobody has asked for it in 17/16 of its window.
class RateTable final : public guard::RateStore {
 public:
  static constexpr std::size_t kDefaultBytes = std::size_t{64} << 20;

  // Fails if the machine has not as much address space, or `bytes` is not even one set (1 KiB).
  static Result<std::unique_ptr<RateTable>> create(std::size_t bytes = kDefaultBytes);
  ~RateTable() override;
  RateTable(const RateTable&) = delete;
  RateTable& operator=(const RateTable&) = delete;

  guard::RateOutcome try_decide(std::span<const guard::RateCharge> charges,
                                std::uint64_t now_ms) noexcept override;
  void settle(const guard::RateReservation& reservation, std::uint32_t cost) noexcept override;

  // What outlives the process: the lines of windows from `least_window_s` on, and the seed that
  // their keys were made with, which is a secret. Takes each set's lock for a moment.
  std::string save(const guard::RateSeed& seed, std::uint32_t least_window_s) const;
  struct Restored {
    guard::RateSeed seed;  // for the keys from now on
    std::size_t lines = 0;
  };
  // Before the first decision. Nothing for what is no table of this size.
  std::optional<Restored> load(std::string_view saved, std::uint64_t now_ms);

  // Since the start, for the operator: both stay at 0 while the table is large enough.
  std::uint64_t spilled_charges() const noexcept { return spilled_charges_.load(); }
  std::uint64_t charges_without_room() const noexcept { return charges_without_room_.load(); }

 private:
  RateTable(RateSet* sets, std::size_t set_count) noexcept;

  RateSet* const sets_;
  const std::size_t set_count_;
  std::atomic<std::uint64_t> spilled_charges_ = 0;
  std::atomic<std::uint64_t> charges_without_room_ = 0;
};

}  // namespace gatehouse::store::memory
