// What is counted. Each worker counts for itself; a scrape adds them up.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::telemetry {

enum class Counter : std::uint8_t {
  kConnectionsAccepted,
  kConnectionsRefused,
  kConnectionsClosed,
  kTlsHandshakesFailed,
  kRequests,
  kResponses2xx,
  kResponses3xx,
  kResponses4xx,
  kResponses5xx,
  kGuardDenied,
  kGuardThrottled,
  kGuardFlagged,
  kValidationErrors,
  kAuthFailures,
  kSessionsStarted,
  kSessionsEnded,
  kTurnsStarted,
  kTurnsCompleted,
  kTurnsFailed,
  kTurnsStopped,
  kAnswersCut,
  kStreamsOpened,
  kStreamsClosed,
  kStreamsResumed,
  kStreamResets,
  kSlowStreamsClosed,
  kSocketsOpened,
  kSocketsClosed,
  kSocketMessagesIn,
  kSocketMessagesOut,
  kSocketClosesNormal,
  kSocketClosesGoingAway,
  kSocketClosesProtocol,
  kSocketClosesPolicy,
  kSocketClosesTooBig,
  kSocketClosesInternal,
  kSocketClosesTooSlow,
  kSocketClosesLost,
  kUpstreamRequests,
  kUpstreamFailures,
  kUpstreamConnections,
  kPromptTokens,
  kCompletionTokens,
  kLogLinesDropped,
  kTasksFailed,
  kCount,
};
inline constexpr std::size_t kCounters = static_cast<std::size_t>(Counter::kCount);

struct CounterInfo {
  std::string_view name;  // Prometheus style, with its _total
  std::string_view help;
};
const CounterInfo& info_of(Counter counter);

// The counters of one worker. One writer, so an increment is a plain load and store; readers see
// them a moment later.
class alignas(64) Counters {
 public:
  void add(Counter counter, std::uint64_t by = 1) {
    auto& value = values_[static_cast<std::size_t>(counter)];
    value.store(value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  std::uint64_t get(Counter counter) const {
    return values_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kCounters> values_{};
};

// All workers' counters. Made before the workers, outlives them.
class CounterSet {
 public:
  explicit CounterSet(unsigned workers) : per_worker_(workers) {}
  Counters& of_worker(unsigned index) { return per_worker_[index]; }
  std::uint64_t sum(Counter counter) const;

 private:
  std::vector<Counters> per_worker_;
};

}  // namespace gatehouse::telemetry
