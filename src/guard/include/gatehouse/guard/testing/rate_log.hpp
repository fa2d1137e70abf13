// What rate stores are compared with: a log of every admission, which forgets nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gatehouse/guard/rate_store.hpp"

namespace gatehouse::guard::testing {

// The admissions of one key.
class RateLog {
 public:
  // Also from the past: threads may report late.
  void add(std::uint64_t now_ms, std::uint32_t cost) {
    const auto at = std::ranges::upper_bound(admissions_, now_ms, {}, &Admission::at_ms);
    admissions_.insert(at, {now_ms, cost});
  }
  // What was admitted then at that cost has turned out to cost something else.
  void settle(std::uint64_t at_ms, std::uint32_t cost, std::uint32_t true_cost) {
    auto at = std::ranges::lower_bound(admissions_, at_ms, {}, &Admission::at_ms);
    while (at->cost != cost) ++at;
    at->cost = true_cost;
  }
  // Admitted in the closed window that ends now.
  std::uint64_t in_window(std::uint64_t now_ms, std::uint32_t window_s) const {
    return sum_younger_than(now_ms, std::uint64_t{window_s} * 1000 * 16 + 1);
  }
  // Admitted in the last 17/16 of the window: the most that a store may hold against a key.
  std::uint64_t in_wide_window(std::uint64_t now_ms, std::uint32_t window_s) const {
    return sum_younger_than(now_ms, std::uint64_t{window_s} * 1000 * 17);
  }
  // The most that any closed window holds.
  std::uint64_t worst_window(std::uint32_t window_s) const {
    const std::uint64_t window_ms = std::uint64_t{window_s} * 1000;
    std::uint64_t worst = 0;
    std::uint64_t sum = 0;
    auto first = admissions_.begin();
    for (const Admission& last : admissions_) {
      sum += last.cost;
      for (; last.at_ms - first->at_ms > window_ms; ++first) sum -= first->cost;
      worst = std::max(worst, sum);
    }
    return worst;
  }

 private:
  struct Admission {
    std::uint64_t at_ms;
    std::uint32_t cost;
  };
  std::uint64_t sum_younger_than(std::uint64_t now_ms, std::uint64_t age_in_sixteenths) const {
    std::uint64_t sum = 0;
    for (auto it = admissions_.rbegin(); it != admissions_.rend(); ++it) {
      if (it->at_ms > now_ms) continue;
      if ((now_ms - it->at_ms) * 16 >= age_in_sixteenths) break;
      sum += it->cost;
    }
    return sum;
  }
  std::vector<Admission> admissions_;
};

}  // namespace gatehouse::guard::testing
