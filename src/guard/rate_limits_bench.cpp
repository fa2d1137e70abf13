// What a request's limits cost beside the decision: keys before it, headers after it.
#include <benchmark/benchmark.h>

#include "gatehouse/guard/rate_limits.hpp"

namespace gatehouse::guard {
namespace {

const RateLimits& balanced() {
  static const RateLimits kLimits(*make_rate_limit_policy("balanced"), "default",
                                  {.low = 1, .high = 2});
  return kLimits;
}

void charges_of_a_chat(benchmark::State& state) {
  const Principal visitor{.kind = Principal::Kind::kVisitor,
                          .id = "01890a5d-ac96-774b-bcce-b302099a8057"};
  std::uint32_t address = 0;
  for (auto _ : state) {
    const IpPrefix client = IpPrefix::of_client(IpAddress::from_v4(++address));
    benchmark::DoNotOptimize(balanced().before_credentials(EndpointClass::kChat, client));
    benchmark::DoNotOptimize(
        balanced().after_credentials(EndpointClass::kChat, visitor, client, "example.org"));
  }
}
BENCHMARK(charges_of_a_chat);

void header_lines(benchmark::State& state) {
  const IpPrefix client = IpPrefix::of_client(IpAddress::from_v4(1));
  const RateCharges charges = balanced().before_credentials(EndpointClass::kChat, client);
  RateDecision decision{.is_admitted = true, .quota_count = 2};
  decision.quotas[0] = {.remaining = 59, .reset_s = 61};
  decision.quotas[1] = {.remaining = 999, .reset_s = 3700};
  std::string lines;
  lines.reserve(600);
  for (auto _ : state) {
    lines.clear();
    append_rate_limit_headers(lines, charges, decision);
    benchmark::DoNotOptimize(lines.data());
  }
}
BENCHMARK(header_lines);

}  // namespace
}  // namespace gatehouse::guard
