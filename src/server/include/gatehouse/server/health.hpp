// Liveness, readiness, the summary and the metrics.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gatehouse/server/route.hpp"
#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::server {

// A part of the house that can be ill. `check` answers an empty text when it is well, else what is
// wrong in words for operators. It must not wait. Safe from any worker.
struct HealthCheck {
  std::string name;
  std::function<std::string()> check;
  bool is_vital = true;  // else the server is ready all the same
};

struct ResponderHealth {
  std::string name;
  std::string state;       // "configured", "healthy", "failing", "paused", "trying again"
  std::string last_error;  // in words that anybody may read; empty: the last call went well
};

// A way in that depends on another service.
struct ChannelHealth {
  std::string name;
  std::function<std::string()> json;  // an object that anybody may read; safe from any worker
};

struct HealthFacts {
  std::string version;
  std::string environment;  // "production" or "development"
  bool is_debug = false;
  std::uint32_t limit_per_minute = 0;
  std::uint32_t limit_per_hour = 0;
  TimePoint started_at{};
  std::vector<HealthCheck> checks;
  std::vector<ChannelHealth> channels;
  std::vector<std::string> disabled_services;  // shown as "disabled"
  std::function<std::vector<ResponderHealth>()> responders;
  std::function<std::string()> reply_cache;  // "healthy", "failing", "disabled"
  std::function<bool()> is_draining;
};

// All counters of the process, for handlers on any worker.
struct HealthParts {
  const Clock& clock;
  const telemetry::CounterSet& counters;
  HealthFacts facts;
  // Counters and gauges in Prometheus' text format 0.0.4.
  std::function<std::string()> metrics_text;
  std::function<std::uint64_t()> oldest_connection_age_s;
  std::function<std::uint64_t()> active_sessions;
};

std::unique_ptr<Handler> make_liveness();                                           // /healthz
std::unique_ptr<Handler> make_readiness(std::shared_ptr<const HealthParts> parts);  // /readyz
// /health, and with responders and caches /api/health. No secrets, no insides.
std::unique_ptr<Handler> make_summary(std::shared_ptr<const HealthParts> parts,
                                      bool with_responders);
std::unique_ptr<Handler> make_metrics(std::shared_ptr<const HealthParts> parts);  // /metrics

}  // namespace gatehouse::server
