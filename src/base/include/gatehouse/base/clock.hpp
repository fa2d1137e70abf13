// Time is injected. Only base/clock.cpp reads the machine's clocks (tools/tidy checks it).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gatehouse {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;  // never steps
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  WallTime wall() const override;
};

// For tests: stands still until it is moved. Not safe to move while other threads read it.
class FakeClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void advance(Duration by) {
    now_ += by;
    wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(by);
  }

 private:
  TimePoint now_{std::chrono::hours(1000)};
  WallTime wall_{std::chrono::milliseconds(1'800'000'000'000)};
};

inline std::int64_t unix_ms(WallTime time) { return time.time_since_epoch().count(); }
inline std::int64_t unix_seconds(WallTime time) { return unix_ms(time) / 1000; }

// RFC 3339 in UTC with milliseconds: 2026-01-31T23:59:59.123Z.
std::string to_rfc3339(WallTime time);
// The form of HTTP (RFC 9110 §5.6.7): Sun, 06 Nov 1994 08:49:37 GMT.
std::string to_http_date(WallTime time);

// An instant by which something has to be done. Passed down by value; never widened on the way.
class Deadline {
 public:
  static constexpr Deadline never() { return Deadline(TimePoint::max()); }
  static constexpr Deadline at(TimePoint when) { return Deadline(when); }
  static constexpr Deadline after(TimePoint now, Duration wait) {
    return wait > TimePoint::max() - now ? never() : Deadline(now + wait);
  }
  constexpr TimePoint when() const { return when_; }
  constexpr bool is_never() const { return when_ == TimePoint::max(); }
  constexpr bool has_passed(TimePoint now) const { return now >= when_; }
  // The earlier of the two: how a step takes its own limit without widening its caller's.
  constexpr Deadline earlier(Deadline other) const { return when_ < other.when_ ? *this : other; }

 private:
  constexpr explicit Deadline(TimePoint when) : when_(when) {}
  TimePoint when_;
};

}  // namespace gatehouse
