// What the house tells of itself in numbers.
#include <array>

#include "gatehouse/exporters/prometheus_text.hpp"
#include "house.hpp"

namespace gatehouse::app {

std::uint64_t House::oldest_connection_age_s() const {
  TimePoint oldest = TimePoint::max();
  for (const auto* host : hosts) oldest = std::min(oldest, host->oldest_connection());
  if (oldest == TimePoint::max()) return 0;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(clock.now() - oldest).count());
}

std::string House::metrics_text() const {
  using telemetry::Counter;
  const auto open = [this](Counter begun, Counter ended) {
    const std::uint64_t gone = counters.sum(ended);
    return static_cast<double>(counters.sum(begun) - gone);
  };
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(clock.now() - health->facts.started_at)
          .count();
  const std::array gauges = {
      exporters::Gauge{"gatehouse_connections", "Open connections",
                       static_cast<double>(caps.total())},
      exporters::Gauge{"gatehouse_streams", "Open event streams",
                       open(Counter::kStreamsOpened, Counter::kStreamsClosed)},
      exporters::Gauge{"gatehouse_visitor_sessions", "Visitor sessions begun that have not ended",
                       static_cast<double>(sessions->active())},
      exporters::Gauge{"gatehouse_oldest_connection_age_seconds", "Age of the oldest connection",
                       static_cast<double>(oldest_connection_age_s())},
      exporters::Gauge{"gatehouse_bans", "Bans that hold",
                       static_cast<double>(escalation->bans().active(clock.wall()))},
      exporters::Gauge{
          "gatehouse_explanations_passed_over",
          "Refusals and flags that were not kept for `explain`, being very many alike",
          static_cast<double>(explanation_sampler.passed_over() + explanations->dropped())},
      exporters::Gauge{"gatehouse_recordings_passed_over",
                       "Decisions that were not recorded, being many from one client or too long",
                       recordings ? static_cast<double>(recordings->passed_over()) : 0},
      exporters::Gauge{"gatehouse_limit_charges_spilled",
                       "Charges that went to a parent's counter for want of room",
                       static_cast<double>(rates->spilled_charges())},
      exporters::Gauge{"gatehouse_uptime_seconds", "Seconds since the start",
                       static_cast<double>(age)},
  };
  return exporters::prometheus_text(counters, gauges);
}

}  // namespace gatehouse::app
