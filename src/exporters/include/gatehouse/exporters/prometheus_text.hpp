// Counters and gauges in the Prometheus text format, version 0.0.4.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::exporters {

inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

struct Gauge {
  std::string_view name;  // Prometheus style: gatehouse_sessions
  std::string_view help;
  double value = 0;
};

std::string prometheus_text(const telemetry::CounterSet& counters, std::span<const Gauge> gauges);

}  // namespace gatehouse::exporters
