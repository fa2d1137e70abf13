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
  for (const auto& gauge : gauges) {
    families.push_back(family(gauge.name, gauge.help, prometheus::MetricType::Gauge));
    families.back().metric.front().gauge.value = gauge.value;
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace gatehouse::exporters
