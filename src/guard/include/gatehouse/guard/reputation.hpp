// How badly each client has behaved of late.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::guard {

// A score of 0 to 1000 per key with a half-life of 30 minutes, in a fixed table of 8 bytes a key. A
// key that finds no room takes the place of the lowest score of its set: so a flood of new keys
// pushes out the harmless, and whoever is forgotten begins at zero again. Bans are kept elsewhere.
// Lock-free; safe from any thread; never allocates after it is made.
class ReputationTable {
 public:
  static constexpr std::size_t kDefaultBytes = std::size_t{1} << 20;
  static constexpr unsigned kGreatest = 1000;

  explicit ReputationTable(TimePoint start, std::size_t bytes = kDefaultBytes);

  // `key`: hashed with a secret. Of most keys nothing is known, and their score is 0.
  bool knows(std::uint64_t key) const noexcept;
  unsigned score(std::uint64_t key, TimePoint now) const noexcept;
  // Adds, or takes away; gives the new score.
  unsigned add(std::uint64_t key, int points, TimePoint now) noexcept;

 private:
  static constexpr std::size_t kCellsPerSet = 8;
  struct alignas(64) Set {
    std::array<std::atomic<std::uint64_t>, kCellsPerSet> cells{};
  };
  Set& set_of(std::uint64_t key) const noexcept;
  std::uint32_t seconds(TimePoint now) const noexcept;

  const TimePoint start_;
  const std::size_t mask_;
  std::unique_ptr<Set[]> sets_;
};

}  // namespace gatehouse::guard
