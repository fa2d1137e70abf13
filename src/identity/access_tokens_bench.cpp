// Who asks, by an access token. Budgets: 500 ns for one that was seen before, 3 µs for HS256 that
// wasn't.
#include <benchmark/benchmark.h>

#include "token_house.hpp"

namespace gatehouse::identity {
namespace {

using testing::TokenHouse;

crypto::JwsAlgorithm algorithm_of(const benchmark::State& state) {
  return static_cast<crypto::JwsAlgorithm>(state.range(0));
}

void warm(benchmark::State& state) {
  TokenHouse house(algorithm_of(state));
  const auto token = house.issue();
  for (auto each : state) benchmark::DoNotOptimize(house.tokens.verify(token));
  state.SetLabel(std::string(crypto::name_of(algorithm_of(state))));
}
BENCHMARK(warm)->Arg(0)->Arg(1);

// More tokens than are remembered, in turn: none is found.
void cold(benchmark::State& state) {
  TokenHouse house(algorithm_of(state));
  std::vector<std::string> tokens;
  for (int i = 0; i < 10'000; ++i) tokens.push_back(house.issue());
  std::size_t next = 0;
  for (auto each : state) {
    benchmark::DoNotOptimize(house.tokens.verify(tokens[next]));
    next = next + 1 == tokens.size() ? 0 : next + 1;
  }
  state.SetLabel(std::string(crypto::name_of(algorithm_of(state))));
}
BENCHMARK(cold)->Arg(0)->Arg(1);

}  // namespace
}  // namespace gatehouse::identity
