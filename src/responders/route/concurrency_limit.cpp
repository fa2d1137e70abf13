#include "gatehouse/responders/route/concurrency_limit.hpp"

#include <algorithm>
#include <cmath>

namespace gatehouse::responders {
namespace {

constexpr double kTokensThatDouble = 2000;  // of a prompt, the waiting
constexpr double kTolerance = 1.5;          // slower than usual by this is still usual
// Nobody minds this much, and a busy machine of our own is not a backend that is overloaded.
constexpr double kToleratedMilliseconds = 250;
constexpr double kSmoothing = 0.2;
constexpr double kMemory = 1.0 / 100;  // weight of one answer in what is usual
constexpr double kAfterOverload = 0.9;

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(ConcurrencySettings settings)
    : settings_(settings), limit_(settings.first) {}

bool ConcurrencyLimit::enter(unsigned share_percent) {
  if (running_ >= std::max(1.0, std::floor(limit_ * share_percent / 100))) return false;
  ++running_;
  return true;
}

void ConcurrencyLimit::leave() { --running_; }

void ConcurrencyLimit::note_first_piece(Duration waited, std::uint64_t prompt_tokens) {
  const double milliseconds = std::chrono::duration<double, std::milli>(waited).count();
  const double normalised =
      milliseconds / (1 + static_cast<double>(prompt_tokens) / kTokensThatDouble);
  if (usual_ == 0) usual_ = normalised;
  const double tolerated = std::max(kTolerance * usual_, usual_ + kToleratedMilliseconds);
  const double gradient = std::clamp(tolerated / std::max(normalised, 0.1), 0.5, 1.0);
  usual_ += (normalised - usual_) * kMemory;
  const bool is_in_use = running_ * 2 >= limit();
  const double wanted = limit_ * gradient + std::sqrt(limit_);
  if (wanted > limit_ && !is_in_use) return;
  limit_ =
      std::clamp<double>(limit_ + (wanted - limit_) * kSmoothing, settings_.least, settings_.most);
}

void ConcurrencyLimit::note_overload() {
  limit_ = std::max<double>(settings_.least, limit_ * kAfterOverload);
}

}  // namespace gatehouse::responders
