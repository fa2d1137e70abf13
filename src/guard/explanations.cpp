#include "gatehouse/guard/explanations.hpp"

#include "gatehouse/base/hash.hpp"

namespace gatehouse::guard {

bool ExplanationSampler::takes(std::string_view rule, const IpPrefix& prefix,
                               TimePoint now) noexcept {
  const std::uint64_t key = keyed_hash(rule, 1, keyed_hash(prefix, 2, 3));
  auto& place = places_[key % places_.size()];
  const auto minute = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count());
  std::uint64_t seen = place.load(std::memory_order_relaxed);
  while (true) {
    const std::uint64_t count = seen >> 32 == minute ? seen & 0xFFFFFFFF : 0;
    if (count >= kPerMinute) {
      passed_over_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    if (place.compare_exchange_weak(seen, minute << 32 | (count + 1), std::memory_order_relaxed))
      return true;
  }
}

}  // namespace gatehouse::guard
