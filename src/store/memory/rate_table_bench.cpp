// The budget: 5 cells in 300 ns, 15 in 1 µs.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <memory>

#include "gatehouse/store/memory/rate_table.hpp"

namespace gatehouse::store::memory {
namespace {

using guard::RateCharge;

constexpr std::uint64_t kStartMs = 3'600'000'000;
constexpr std::uint32_t kHigh = 10'000'000;  // never reached: what is measured is an admission

// Decisions of `cells` charges each for `clients` clients, none of which shares a key with another.
// Keys are computed, as they are in the server: reading them from memory would be measured too.
class Traffic {
 public:
  Traffic(std::size_t clients, std::size_t cells, std::uint32_t limit, std::uint64_t salt = 0)
      : clients_(clients), cells_(cells), salt_(salt) {
    for (std::size_t i = 0; i < cells; ++i) {
      charges_[i] = {.key = 0,
                     .parent_key = 0,
                     .limit = limit,
                     .window_s = i % 2 == 0 ? 60U : 3600U,
                     .cost = 1,
                     .is_authenticated = true};
    }
  }
  std::size_t clients() const { return clients_; }
  std::span<RateCharge> of_client(std::size_t client) {
    for (std::size_t i = 0; i < cells_; ++i) {
      charges_[i].key = (client * cells_ + i + 1) * 0xD1342543DE82EF95 ^ salt_;
      charges_[i].parent_key = ~charges_[i].key;
    }
    return std::span(charges_).first(cells_);
  }
  std::span<RateCharge> next(std::uint64_t turn) {
    const std::uint64_t random = turn * 0xDA942042E4DD58B5;
    return of_client(((random >> 32) * clients_) >> 32);
  }

 private:
  std::size_t clients_;
  std::size_t cells_;
  std::uint64_t salt_;
  std::array<RateCharge, guard::kMaxRateCharges> charges_;
};

// Each client comes once before it counts: page faults are the flood's to measure.
void run(benchmark::State& state, RateTable& table, Traffic& traffic) {
  for (std::size_t i = 0; i < traffic.clients(); ++i) {
    benchmark::DoNotOptimize(table.try_decide(traffic.of_client(i), kStartMs));
  }
  std::size_t turn = 0;
  for (auto _ : state) {
    ++turn;
    // 10,000 decisions a second: segments of a minute's window change now and then.
    benchmark::DoNotOptimize(table.try_decide(traffic.next(turn), kStartMs + turn / 10));
  }
}

// A site with a thousand clients: the lines stay in the cache.
void busy_clients(benchmark::State& state) {
  const auto table = std::move(*RateTable::create());
  Traffic traffic(1000, static_cast<std::size_t>(state.range(0)), kHigh);
  run(state, *table, traffic);
}
BENCHMARK(busy_clients)->Arg(1)->Arg(2)->Arg(5)->Arg(15);

// As many clients as half the table holds: hardly a line is in the cache, or its page in the TLB.
void many_clients(benchmark::State& state) {
  const auto table = std::move(*RateTable::create());
  const auto cells = static_cast<std::size_t>(state.range(0));
  Traffic traffic(390'000 / cells, cells, kHigh);
  run(state, *table, traffic);
}
BENCHMARK(many_clients)->Arg(2)->Arg(5)->Arg(15);

void refused_client(benchmark::State& state) {
  const auto table = std::move(*RateTable::create());
  Traffic traffic(1000, static_cast<std::size_t>(state.range(0)), 1);
  run(state, *table, traffic);
}
BENCHMARK(refused_client)->Arg(2)->Arg(5);

// Each decision comes from a client never seen before, and the table is soon full of them.
void flood_of_strangers(benchmark::State& state) {
  const auto table = std::move(*RateTable::create());
  std::uint64_t turn = 0;
  for (auto _ : state) {
    ++turn;
    const std::array charges{
        RateCharge{
            .key = turn * 0xD1342543DE82EF95, .parent_key = turn >> 8, .limit = 60, .window_s = 60},
        RateCharge{.key = turn * 0xDA942042E4DD58B5,
                   .parent_key = (turn >> 8) + (1U << 30),
                   .limit = 1000,
                   .window_s = 3600}};
    benchmark::DoNotOptimize(table->try_decide(charges, kStartMs + turn / 100));
  }
}
BENCHMARK(flood_of_strangers)->Iterations(5'000'000);

// Workers with clients of their own, who share one counter: their domain's.
void workers(benchmark::State& state) {
  static const std::unique_ptr<RateTable> kTable = std::move(*RateTable::create());
  const auto worker = static_cast<std::uint64_t>(state.thread_index());
  Traffic traffic(1000, 5, kHigh, (worker + 1) << 40);
  const bool is_domain_shared = state.range(0) != 0;
  std::uint64_t turn = worker * 331;
  for (auto _ : state) {
    ++turn;
    const auto charges = traffic.next(turn);
    if (is_domain_shared) charges[4].key = 7;
    benchmark::DoNotOptimize(kTable->try_decide(charges, kStartMs + turn / 10));
  }
}
BENCHMARK(workers)->ArgName("shared")->Arg(0)->Arg(1)->ThreadRange(1, 2)->UseRealTime();

}  // namespace
}  // namespace gatehouse::store::memory
