// Counters and gauges in the Prometheus text format, version 0.0.4.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gatehouse/telemetry/counters.hpp"

namespace gatehouse::exporters {

inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

struct Gauge {
  std::string_view name;  // Prometheus style: gatehouse_sessions
  std::string_view help;
  double value = 0;
  std::vector<std::pair<std::string, std::string>> labels = {};
  bool is_counter = false;  // it only ever grows
};

// Gauges of one name, which differ in their labels, stand together.
std::string prometheus_text(const telemetry::CounterSet& counters, std::span<const Gauge> gauges);

}  // namespace gatehouse::exporters
