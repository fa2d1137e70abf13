// The clock of the limits: it never steps while the process lives, and goes on over a restart.
#pragma once

#include <cstdint>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::guard {

// Milliseconds since 2026-01-01, by the wall clock at the start and the steady one from then on.
// Safe from any thread.
class RateClock {
 public:
  explicit RateClock(const Clock& clock)
      : clock_(clock), began_at_(clock.now()), began_ms_(unix_ms(clock.wall()) - kEpochMs) {}

  std::uint64_t now_ms() const {
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - began_at_).count();
    return static_cast<std::uint64_t>(began_ms_ + passed);
  }

 private:
  static constexpr std::int64_t kEpochMs = 1'767'225'600'000;
  const Clock& clock_;
  const TimePoint began_at_;
  const std::int64_t began_ms_;
};

}  // namespace gatehouse::guard
