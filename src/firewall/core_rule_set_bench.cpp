// What the firewall costs a request, on its own thread and not on a worker's.
#include <benchmark/benchmark.h>

#include "gatehouse/firewall/core_rule_set.hpp"

namespace gatehouse::firewall {
namespace {

void look(benchmark::State& state, bool reads_messages, const std::string& body) {
  const auto rules = CoreRuleSet::open({.module_path = GATEHOUSE_FIREWALL_MODULE,
                                        .rules_folder = "/usr/share/modsecurity-crs/rules",
                                        .reads_messages = reads_messages})
                         .value();
  const guard::FirewallRequest request{
      .method = "POST",
      .target = "/api/v1/chat",
      .client = "192.0.2.1",
      .headers = {{"Host", "chat.example.com"},
                  {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"},
                  {"Accept", "*/*"},
                  {"Content-Type", "application/json"},
                  {"Content-Length", std::to_string(body.size())}},
      .body = body};
  for (auto _ : state) benchmark::DoNotOptimize(rules->look_at_now(request));
}

std::string message_of(std::size_t bytes) {
  std::string prose;
  while (prose.size() < bytes) prose += "How do I sort a list, and which way is faster? ";
  return R"({"message":")" + prose.substr(0, bytes) + R"(","stream":true})";
}

// One body that costs as much as a client can make it.
std::string many_values(std::size_t bytes) {
  std::string body = R"({"metadata":[)";
  while (body.size() < bytes) body += R"("a'or",)";
  return body + "1]}";
}

BENCHMARK_CAPTURE(look, message_500_bytes, false, message_of(500));
BENCHMARK_CAPTURE(look, message_500_bytes_read, true, message_of(500));
BENCHMARK_CAPTURE(look, message_10_kb_read, true, message_of(10'000))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(look, values_20_kb, false, many_values(20'000))->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gatehouse::firewall
