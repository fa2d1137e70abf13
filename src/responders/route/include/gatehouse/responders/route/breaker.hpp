// Whether a backend is asked at all: not while it fails.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/random.hpp"

namespace gatehouse::responders {

// How a call ended, as far as it says something about the backend.
enum class CallOutcome : std::uint8_t {
  kAnswered,
  kFailed,     // no answer, a broken one, or none in time
  kLimited,    // the backend asks for less (429)
  kNoVerdict,  // the client left, our own guard ended it, or the question was at fault
};

struct BreakerSettings {
  unsigned failures_in_a_row = 5;  // 0: it never opens, and never cools
  unsigned least_calls = 10;       // in the last ten seconds, for their share to count
  unsigned failed_percent = 50;
  unsigned probes = 3;  // answers in a row that close it again
  Duration first_pause = std::chrono::seconds(5);
  Duration longest_pause = std::chrono::minutes(5);
  Duration longest_cooling = std::chrono::seconds(60);  // whatever Retry-After says
  Duration probe_lifetime = std::chrono::seconds(60);
};

// Closed: all calls go through. Open: none, for a pause that doubles each time. Half open: one at a
// time, until some have succeeded. A probe that never reports is forgotten after its lifetime, and
// what began before the state changed says nothing about the new one. Not safe from several
// threads.
class Breaker {
 public:
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };
  struct Permit {
    std::uint64_t generation = 0;
  };

  Breaker(BreakerSettings settings, Random& random);

  std::optional<Permit> enter(TimePoint now);
  // `retry_after`: what came with kLimited; 0 if nothing did.
  void leave(Permit permit, CallOutcome outcome, TimePoint now, Duration retry_after = {});

  State state(TimePoint now) const;
  // How long until enter() may succeed; 0: now.
  Duration wait(TimePoint now) const;

 private:
  struct Second {
    std::int64_t second = -1;
    unsigned answered = 0;
    unsigned failed = 0;
  };
  Second& second_of(TimePoint now);
  bool has_failed_often(TimePoint now) const;
  void open(TimePoint now);
  void close();
  void note_failure(TimePoint now);

  const BreakerSettings settings_;
  Random& random_;
  State state_ = State::kClosed;
  std::uint64_t generation_ = 0;  // rises with each change of state
  std::array<Second, 10> seconds_;
  unsigned failures_in_a_row_ = 0;
  unsigned pauses_ = 0;  // since it was closed last
  TimePoint open_until_{};
  TimePoint cool_until_{};
  TimePoint probe_until_{};
  bool has_probe_ = false;
  unsigned probes_answered_ = 0;
};

}  // namespace gatehouse::responders
