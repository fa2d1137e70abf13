// Whose turn it is: the first priority mostly, and the last one too.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "gatehouse/jobs/job.hpp"

namespace gatehouse::jobs {

// Of 15 turns in a row, 8 belong to priority 0, 4 to 1, 2 to 2 and 1 to 3, evenly mixed: how often
// a number can be halved goes by those shares. One for each queue. Not safe across threads.
class PriorityTurns {
 public:
  // How many of the next `count` belong to each.
  std::array<std::uint32_t, kPriorities> take(std::uint32_t count) {
    std::array<std::uint32_t, kPriorities> shares{};
    for (; count > 0; --count) {
      turn_ = turn_ % kTurns + 1;
      ++shares[static_cast<std::size_t>(std::countr_zero(turn_))];
    }
    return shares;
  }

 private:
  static constexpr std::uint32_t kTurns = (1U << kPriorities) - 1;
  std::uint32_t turn_ = 0;
};

}  // namespace gatehouse::jobs
