#include "gatehouse/responders/route/breaker.hpp"

#include <algorithm>

namespace gatehouse::responders {
namespace {

constexpr std::int64_t kWindowSeconds = 10;
constexpr unsigned kMostDoublings = 10;
constexpr Duration kShortestCooling = std::chrono::seconds(1);

std::int64_t second_number(TimePoint now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

Breaker::Breaker(BreakerSettings settings, Random& random) : settings_(settings), random_(random) {}

std::optional<Breaker::Permit> Breaker::enter(TimePoint now) {
  if (now < cool_until_) return std::nullopt;
  if (state_ == State::kClosed) return Permit{generation_};
  if (state_ == State::kOpen) {
    if (now < open_until_) return std::nullopt;
    state_ = State::kHalfOpen;
    ++generation_;
    has_probe_ = false;
    probes_answered_ = 0;
  }
  if (has_probe_ && now < probe_until_) return std::nullopt;
  has_probe_ = true;
  probe_until_ = now + settings_.probe_lifetime;
  return Permit{generation_};
}

void Breaker::leave(Permit permit, CallOutcome outcome, TimePoint now, Duration retry_after) {
  if (settings_.failures_in_a_row == 0) return;
  if (outcome == CallOutcome::kLimited) {
    const Duration pause = std::clamp(retry_after, kShortestCooling, settings_.longest_cooling);
    cool_until_ = std::max(cool_until_, now + pause);
  }
  if (permit.generation != generation_) return;
  has_probe_ = false;
  if (outcome == CallOutcome::kFailed) return note_failure(now);
  if (outcome != CallOutcome::kAnswered) return;
  failures_in_a_row_ = 0;
  ++second_of(now).answered;
  if (state_ == State::kHalfOpen && ++probes_answered_ >= settings_.probes) close();
}

void Breaker::note_failure(TimePoint now) {
  if (state_ == State::kHalfOpen) return open(now);
  ++second_of(now).failed;
  ++failures_in_a_row_;
  if (failures_in_a_row_ >= settings_.failures_in_a_row || has_failed_often(now)) open(now);
}

// Pauses differ by a fifth, so that many processes don't come back together.
void Breaker::open(TimePoint now) {
  const auto doubled = settings_.first_pause * (1U << std::min(pauses_, kMostDoublings));
  const Duration pause = std::min<Duration>(doubled, settings_.longest_pause);
  const auto fifth = static_cast<std::uint64_t>(pause.count() / 5);
  const Duration less(static_cast<std::int64_t>(random_.below(fifth + 1)));
  state_ = State::kOpen;
  ++generation_;
  ++pauses_;
  open_until_ = now + pause - less;
}

void Breaker::close() {
  state_ = State::kClosed;
  ++generation_;
  pauses_ = 0;
  failures_in_a_row_ = 0;
  seconds_.fill({});
}

Breaker::Second& Breaker::second_of(TimePoint now) {
  const std::int64_t number = second_number(now);
  Second& second = seconds_[static_cast<std::size_t>(number % kWindowSeconds)];
  if (second.second != number) second = {.second = number};
  return second;
}

bool Breaker::has_failed_often(TimePoint now) const {
  const std::int64_t oldest = second_number(now) - kWindowSeconds + 1;
  unsigned answered = 0;
  unsigned failed = 0;
  for (const Second& each : seconds_) {
    if (each.second < oldest) continue;
    answered += each.answered;
    failed += each.failed;
  }
  const unsigned all = answered + failed;
  return all >= settings_.least_calls && failed * 100 >= all * settings_.failed_percent;
}

Breaker::State Breaker::state(TimePoint now) const {
  return state_ == State::kOpen && now >= open_until_ ? State::kHalfOpen : state_;
}

Duration Breaker::wait(TimePoint now) const {
  TimePoint until = cool_until_;
  if (state_ == State::kOpen) until = std::max(until, open_until_);
  if (state_ == State::kHalfOpen && has_probe_) until = std::max(until, probe_until_);
  return until > now ? until - now : Duration::zero();
}

}  // namespace gatehouse::responders
