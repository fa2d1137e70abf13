// One backend with one model, and what is known of it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/responders/route/breaker.hpp"
#include "gatehouse/responders/route/concurrency_limit.hpp"

namespace gatehouse::responders {

// What an arm of a route has done: for health, metrics and comparing arms.
struct DeploymentReport {
  std::string responder;
  std::string model;  // empty: the responder's own
  Breaker::State state = Breaker::State::kClosed;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  std::uint64_t limited = 0;
  std::uint64_t first_piece_ms = 0;  // of all that answered, together
  unsigned running = 0;
  unsigned limit = 0;
  std::string last_error;  // in words for the operator; empty: the last call went well
};

// Shared by all workers; a lock is held for a few instructions. Safe from any thread.
class Deployment {
 public:
  Deployment(std::string responder, std::string model, Random& random, BreakerSettings breaker = {},
             ConcurrencySettings concurrency = {});

  // A call that may be made. Ends with note_end(), or by being destroyed, without a verdict then.
  class Call {
   public:
    Call(Deployment& deployment, Breaker::Permit permit)
        : deployment_(&deployment), permit_(permit) {}
    Call(Call&& other) noexcept
        : deployment_(std::exchange(other.deployment_, nullptr)), permit_(other.permit_) {}
    Call& operator=(Call&&) = delete;
    ~Call();

    void note_first_piece(Duration waited, std::uint64_t prompt_tokens);
    // `diagnosis`: of the exchange; it is told in the place of the client's words.
    void note_end(const Result<void>& outcome, bool has_begun, TimePoint now,
                  std::string_view diagnosis = {});

   private:
    Deployment* deployment_;
    Breaker::Permit permit_;
  };

  std::optional<Call> enter(TimePoint now, unsigned share_percent);
  // How long until it may be asked again; 0: as far as the breaker knows, now.
  Duration wait(TimePoint now) const;
  DeploymentReport report(TimePoint now) const;
  const std::string& responder() const { return responder_; }
  const std::string& model() const { return model_; }

 private:
  void leave(Breaker::Permit permit, CallOutcome outcome, TimePoint now, const Error* error,
             std::string_view diagnosis = {});

  const std::string responder_;
  const std::string model_;
  mutable std::mutex mutex_;
  Breaker breaker_;
  ConcurrencyLimit concurrency_;
  DeploymentReport counted_;
};

// What an answer that ended in `outcome` says of its backend.
CallOutcome outcome_of(const Result<void>& outcome);

}  // namespace gatehouse::responders
