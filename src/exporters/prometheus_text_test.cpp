#include "gatehouse/exporters/prometheus_text.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace gatehouse::exporters {
namespace {

TEST(PrometheusText, SumsTheWorkersAndAddsGauges) {
  telemetry::CounterSet counters(2);
  counters.of_worker(0).add(telemetry::Counter::kRequests, 40);
  counters.of_worker(1).add(telemetry::Counter::kRequests, 2);
  const Gauge gauges[] = {{"gatehouse_sessions", "Visitor sessions", 23},
                          {"gatehouse_load", "Share of the time that workers are busy", 0.25}};
  const auto text = prometheus_text(counters, gauges);
  EXPECT_NE(text.find("# HELP gatehouse_requests_total Requests whose head was read\n"
                      "# TYPE gatehouse_requests_total counter\n"
                      "gatehouse_requests_total 42\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("# TYPE gatehouse_sessions gauge\ngatehouse_sessions 23\n"),
            std::string::npos);
  EXPECT_NE(text.find("\ngatehouse_load 0.25\n"), std::string::npos);
}

TEST(PrometheusText, KeepsEveryDigitOfLargeCounts) {
  telemetry::CounterSet counters(1);
  counters.of_worker(0).add(telemetry::Counter::kPromptTokens, 123'456'789'012'345);
  EXPECT_NE(prometheus_text(counters, {}).find("gatehouse_prompt_tokens_total 123456789012345\n"),
            std::string::npos);
}

TEST(PrometheusText, HasThreeLinesForEachCounterAndEndsWithALineBreak) {
  const auto text = prometheus_text(telemetry::CounterSet(1), {});
  EXPECT_TRUE(text.ends_with('\n'));
  std::istringstream lines(text);
  std::size_t values = 0;
  for (std::string line; std::getline(lines, line);) values += line.starts_with('#') ? 0 : 1;
  EXPECT_EQ(values, telemetry::kCounters);
}

}  // namespace
}  // namespace gatehouse::exporters
