#include "gatehouse/exporters/prometheus_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <vector>

namespace gatehouse::exporters {
namespace {

prometheus::MetricFamily family(std::string_view name, std::string_view help,
                                prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  family.metric.resize(1);
  return family;
}

}  // namespace

std::string prometheus_text(const telemetry::CounterSet& counters, std::span<const Gauge> gauges) {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(telemetry::kCounters + gauges.size());
  for (std::size_t i = 0; i < telemetry::kCounters; ++i) {
    const auto counter = static_cast<telemetry::Counter>(i);
    const auto& info = telemetry::info_of(counter);
    families.push_back(family(info.name, info.help, prometheus::MetricType::Counter));
    families.back().metric.front().counter.value = static_cast<double>(counters.sum(counter));
  }
  std::string_view last;
  for (const auto& gauge : gauges) {
    const auto type =
        gauge.is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    if (gauge.name == last) {
      families.back().metric.emplace_back();
    } else {
      families.push_back(family(gauge.name, gauge.help, type));
      last = gauge.name;
    }
    auto& metric = families.back().metric.back();
    (gauge.is_counter ? metric.counter.value : metric.gauge.value) = gauge.value;
    for (const auto& [name, value] : gauge.labels) metric.label.push_back({name, value});
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace gatehouse::exporters
