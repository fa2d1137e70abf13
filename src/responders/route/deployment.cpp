#include "gatehouse/responders/route/deployment.hpp"

namespace gatehouse::responders {

CallOutcome outcome_of(const Result<void>& outcome) {
  if (outcome) return CallOutcome::kAnswered;
  switch (outcome.error().code) {
    case ErrorCode::kRateLimited:
      return CallOutcome::kLimited;
    case ErrorCode::kUpstreamFailed:
    case ErrorCode::kUpstreamTimeout:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kInternal:
      return CallOutcome::kFailed;
    default:
      return CallOutcome::kNoVerdict;
  }
}

Deployment::Deployment(std::string responder, std::string model, Random& random,
                       BreakerSettings breaker, ConcurrencySettings concurrency)
    : responder_(std::move(responder)),
      model_(std::move(model)),
      breaker_(breaker, random),
      concurrency_(concurrency) {}

std::optional<Deployment::Call> Deployment::enter(TimePoint now, unsigned share_percent) {
  const std::lock_guard lock(mutex_);
  if (!concurrency_.enter(share_percent)) return std::nullopt;
  const auto permit = breaker_.enter(now);
  if (!permit) {
    concurrency_.leave();
    return std::nullopt;
  }
  return std::optional<Call>(std::in_place, *this, *permit);
}

void Deployment::leave(Breaker::Permit permit, CallOutcome outcome, TimePoint now,
                       const Error* error, std::string_view diagnosis) {
  const std::lock_guard lock(mutex_);
  concurrency_.leave();
  const Duration retry_after =
      std::chrono::milliseconds(error == nullptr ? 0 : error->retry_after_ms);
  breaker_.leave(permit, outcome, now, retry_after);
  switch (outcome) {
    case CallOutcome::kAnswered:
      ++counted_.answered;
      counted_.last_error.clear();
      break;
    case CallOutcome::kFailed:
      ++counted_.failed;
      counted_.last_error = diagnosis.empty() ? error->client_message : diagnosis;
      break;
    case CallOutcome::kLimited:
      ++counted_.limited;
      counted_.last_error = diagnosis.empty() ? error->client_message : diagnosis;
      concurrency_.note_overload();
      break;
    case CallOutcome::kNoVerdict:
      break;
  }
}

Deployment::Call::~Call() {
  if (deployment_ != nullptr)
    deployment_->leave(permit_, CallOutcome::kNoVerdict, TimePoint{}, nullptr);
}

void Deployment::Call::note_first_piece(Duration waited, std::uint64_t prompt_tokens) {
  const std::lock_guard lock(deployment_->mutex_);
  deployment_->concurrency_.note_first_piece(waited, prompt_tokens);
  deployment_->counted_.first_piece_ms += static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(waited).count());
}

// What the client did with an answer that had begun well says nothing about who gave it.
void Deployment::Call::note_end(const Result<void>& outcome, bool has_begun, TimePoint now,
                                std::string_view diagnosis) {
  CallOutcome verdict = outcome_of(outcome);
  if (verdict == CallOutcome::kNoVerdict && has_begun) verdict = CallOutcome::kAnswered;
  std::exchange(deployment_, nullptr)
      ->leave(permit_, verdict, now, outcome ? nullptr : &outcome.error(), diagnosis);
}

Duration Deployment::wait(TimePoint now) const {
  const std::lock_guard lock(mutex_);
  return breaker_.wait(now);
}

DeploymentReport Deployment::report(TimePoint now) const {
  const std::lock_guard lock(mutex_);
  DeploymentReport report = counted_;
  report.responder = responder_;
  report.model = model_;
  report.state = breaker_.state(now);
  report.running = concurrency_.running();
  report.limit = concurrency_.limit();
  return report;
}

}  // namespace gatehouse::responders
