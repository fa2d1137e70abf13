// The connections of one worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/identity/authenticator.hpp"
#include "gatehouse/net/tls.hpp"
#include "gatehouse/server/limits.hpp"
#include "gatehouse/server/pipeline_settings.hpp"
#include "gatehouse/server/route.hpp"
#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::server {

// How a listener's connections are treated.
struct ListenerTerms {
  std::shared_ptr<const net::TlsContext> tls;  // null: plain HTTP
  bool redirects_to_https = false;
};

struct WorkerHostParts {
  async::Worker& worker;
  std::vector<Route> routes;
  guard::Pipeline& guards;
  const identity::Authenticator& authenticator;
  std::shared_ptr<const PipelineSettings> settings;
  ServerLimits limits;
  telemetry::Log& log;
  telemetry::Counters& counters;
  Random& random;
  async::TaskGroup::OnException on_exception;
};

// Serves connections on one worker until it is told to drain. All but load() on that worker's
// thread.
class WorkerHost {
 public:
  explicit WorkerHost(WorkerHostParts parts);
  ~WorkerHost();

  // Takes the descriptor over. `on_closed` is called when the connection has ended.
  void serve(int descriptor, net::Endpoint peer, ListenerTerms terms,
             std::move_only_function<void()> on_closed);
  void replace_settings(std::shared_ptr<const PipelineSettings> settings);
  // First lets what is being answered finish, until the deadline; then closes the rest.
  async::Task<void> drain(Deadline deadline);

  // Open connections, for choosing the least loaded worker. From any thread.
  std::uint32_t load() const { return load_.load(std::memory_order_relaxed); }
  // When the oldest open connection came; TimePoint::max() if there is none. From any thread.
  TimePoint oldest_connection() const {
    return TimePoint(Duration(oldest_.load(std::memory_order_relaxed)));
  }

 private:
  struct Impl;
  async::Task<void> run_connection(int descriptor, net::Endpoint peer, ListenerTerms terms,
                                   std::move_only_function<void()> on_closed);

  void note_oldest();

  std::unique_ptr<Impl> impl_;
  std::atomic<std::uint32_t> load_ = 0;
  std::atomic<std::int64_t> oldest_ = TimePoint::max().time_since_epoch().count();
  async::TaskGroup tasks_;
};

}  // namespace gatehouse::server
