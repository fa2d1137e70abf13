// Many threads on few keys. ThreadSanitizer runs these too.
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <map>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "gatehouse/guard/testing/rate_log.hpp"
#include "gatehouse/store/memory/rate_table.hpp"

namespace gatehouse::store::memory {
namespace {

using guard::RateCharge;
using guard::testing::RateLog;

constexpr std::uint64_t kStartMs = 3'600'000'000;
constexpr std::size_t kThreads = 16;
constexpr std::array<std::uint32_t, 3> kWindowsSeconds = {1, 5, 60};

// One to four keys, each of a dimension of its own.
struct Decision {
  std::uint64_t before_ms = 0;
  std::uint64_t after_ms = 0;
  bool is_admitted = false;
  std::size_t count = 0;
  std::array<RateCharge, 4> charges;

  std::span<const RateCharge> charged() const { return std::span(charges).first(count); }
};

Decision draw(std::mt19937_64& random, std::uint64_t keys_per_dimension = 4) {
  Decision decision;
  decision.count = 1 + random() % 4;
  for (std::size_t i = 0; i < decision.count; ++i) {
    const std::uint64_t key = i + 4 * (random() % keys_per_dimension);
    decision.charges[i] = {.key = key,
                           .parent_key = ~(key / 32),
                           .limit = 3 + static_cast<std::uint32_t>(key % 16) * 5,
                           .window_s = kWindowsSeconds[key % 3],
                           .cost = 1 + static_cast<std::uint32_t>(random() % 8 == 0),
                           .is_authenticated = key % 2 == 0};
  }
  return decision;
}

using Decisions = std::vector<Decision>;

// Runs `body(random, decisions)` on all threads and returns what they decided.
template <typename Body>
Decisions run_threads(const Body& body) {
  std::array<Decisions, kThreads> by_thread;
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        std::mt19937_64 random(thread);
        body(random, by_thread[thread]);
      });
    }
  }
  Decisions all;
  for (const Decisions& some : by_thread) all.insert(all.end(), some.begin(), some.end());
  return all;
}

std::map<std::uint64_t, RateLog> logs_of(const Decisions& decisions) {
  std::map<std::uint64_t, RateLog> logs;
  for (const Decision& decision : decisions) {
    for (const RateCharge& charge : decision.charged()) {
      RateLog& log = logs[charge.key];
      if (decision.is_admitted) log.add(decision.before_ms, charge.cost);
    }
  }
  return logs;
}

// Time stands still while all threads decide: the log is exact, and so are the two promises.
TEST(RateTableThreads, KeepBothPromisesStepByStep) {
  const auto table = std::move(*RateTable::create(1 << 16));
  std::uint64_t now_ms = kStartMs;
  std::mt19937_64 pauses(3);
  std::barrier step(
      kThreads, [&]() noexcept { now_ms += pauses() % 4 == 0 ? pauses() % 9'000 : pauses() % 90; });
  const Decisions decisions = run_threads([&](std::mt19937_64& random, Decisions& done) {
    for (int i = 0; i < 300; ++i) {
      for (int burst = 0; burst < 4; ++burst) {
        Decision decision = draw(random);
        decision.before_ms = now_ms;
        decision.is_admitted = table->try_decide(decision.charged(), now_ms).decision.is_admitted;
        done.push_back(decision);
      }
      step.arrive_and_wait();
    }
  });
  auto logs = logs_of(decisions);
  std::size_t refused_count = 0;
  for (const Decision& decision : decisions) {
    bool is_refusal_due = false;
    for (const RateCharge& charge : decision.charged()) {
      const RateLog& log = logs[charge.key];
      ASSERT_LE(log.worst_window(charge.window_s), charge.limit);
      is_refusal_due |=
          log.in_wide_window(decision.before_ms, charge.window_s) + charge.cost > charge.limit;
      if (refused_count > 2'000) break;  // enough: the logs are long
    }
    refused_count += decision.is_admitted ? 0 : 1;
    ASSERT_TRUE(decision.is_admitted || is_refusal_due || refused_count > 2'000);
  }
  EXPECT_GT(refused_count, 1'000U);
  EXPECT_LT(refused_count, decisions.size() - 1'000U);
}

// Rounds in which all threads reserve, and then all settle, each while time stands still: so the
// log is exact at the end of each.
TEST(RateTableThreads, KeepBothPromisesWhenTurnsAreSettled) {
  struct Turn {
    RateCharge charge;
    std::uint64_t began_ms = 0;
    std::optional<guard::RateReservation> reservation;
    std::uint32_t true_cost = 0;
  };
  const auto table = std::move(*RateTable::create(1 << 16));
  std::array<std::vector<Turn>, kThreads> by_thread;  // of this round
  std::map<std::uint64_t, RateLog> logs;
  std::uint64_t now_ms = kStartMs;
  std::size_t refused_count = 0;
  bool has_reserved = false;
  std::mt19937_64 pauses(4);
  const auto end_round = [&]() noexcept {
    has_reserved = !has_reserved;
    if (has_reserved) {
      for (const auto& turns : by_thread)
        for (const Turn& turn : turns)
          if (turn.reservation) logs[turn.charge.key].add(now_ms, turn.charge.cost);
    }
    for (const auto& turns : by_thread) {
      for (const Turn& turn : turns) {
        RateLog& log = logs[turn.charge.key];
        if (has_reserved && turn.reservation)
          EXPECT_LE(log.in_window(now_ms, turn.charge.window_s), turn.charge.limit);
        if (has_reserved && !turn.reservation) {
          EXPECT_GT(log.in_wide_window(now_ms, turn.charge.window_s) + turn.charge.cost,
                    turn.charge.limit);
          ++refused_count;
        }
        if (!has_reserved && turn.reservation)
          log.settle(turn.began_ms, turn.charge.cost, turn.true_cost);
      }
    }
    if (!has_reserved) now_ms += pauses() % 4 == 0 ? pauses() % 9'000 : pauses() % 400;
  };
  std::barrier step(kThreads, end_round);
  run_threads([&](std::mt19937_64& random, Decisions&) {
    static std::atomic<std::size_t> next_thread = 0;
    std::vector<Turn>& turns = by_thread[next_thread++ % kThreads];
    for (int round = 0; round < 300; ++round) {
      turns.clear();
      for (int i = 0; i < 4; ++i) {
        const std::uint64_t key = random() % 24;
        turns.push_back({.charge = {.key = key,
                                    .parent_key = ~(key / 8),
                                    .limit = 60,
                                    .window_s = kWindowsSeconds[key % 3],
                                    .cost = 1 + static_cast<std::uint32_t>(random() % 9),
                                    .is_authenticated = key % 2 == 0},
                         .began_ms = now_ms,
                         .true_cost = static_cast<std::uint32_t>(random() % 12)});
        const auto outcome = table->try_decide({&turns.back().charge, 1}, now_ms);
        if (outcome.decision.is_admitted)
          turns.back().reservation = guard::reservation_of(turns.back().charge, outcome, 0);
      }
      step.arrive_and_wait();
      for (const Turn& turn : turns)
        if (turn.reservation) table->settle(*turn.reservation, turn.true_cost);
      step.arrive_and_wait();
    }
  });
  EXPECT_GT(refused_count, 1'000U);
}

// Whatever they do at once, what is left in the end is what was settled.
TEST(RateTableThreads, LoseNothingOfWhatIsSettled) {
  constexpr std::uint32_t kHigh = 10'000'000;
  const auto table = std::move(*RateTable::create(1 << 16));
  std::array<std::atomic<std::uint64_t>, 24> spent{};
  run_threads([&](std::mt19937_64& random, Decisions&) {
    for (int i = 0; i < 3'000; ++i) {
      const std::uint64_t key = random() % spent.size();
      const RateCharge charge{.key = key,
                              .parent_key = ~(key / 8),
                              .limit = kHigh,
                              .window_s = 60,
                              .cost = 1 + static_cast<std::uint32_t>(random() % 9),
                              .is_authenticated = key % 2 == 0};
      const auto outcome = table->try_decide({&charge, 1}, kStartMs);
      const auto true_cost = static_cast<std::uint32_t>(random() % 12);
      table->settle(guard::reservation_of(charge, outcome, 0), true_cost);
      spent[key] += true_cost;
    }
  });
  for (std::uint64_t key = 0; key < spent.size(); ++key) {
    const RateCharge asked{.key = key,
                           .parent_key = ~(key / 8),
                           .limit = kHigh,
                           .window_s = 60,
                           .cost = 0,
                           .is_authenticated = key % 2 == 0};
    EXPECT_EQ(table->try_decide({&asked, 1}, kStartMs).decision.quotas[0].remaining,
              kHigh - spent[key]);
  }
}

// What is left of each key is what its log says: no decision charged a part of its keys.
TEST(RateTableThreads, ChargeAllOrNone) {
  const auto table = std::move(*RateTable::create(1 << 16));
  const Decisions decisions = run_threads([&](std::mt19937_64& random, Decisions& done) {
    for (int i = 0; i < 2'000; ++i) {
      Decision decision = draw(random);
      for (RateCharge& charge : decision.charges) charge.limit *= 40;
      decision.before_ms = kStartMs;
      decision.is_admitted = table->try_decide(decision.charged(), kStartMs).decision.is_admitted;
      done.push_back(decision);
    }
  });
  auto logs = logs_of(decisions);
  bool is_any_used_up = false;
  for (const Decision& decision : decisions) {
    for (RateCharge charge : decision.charged()) {
      charge.cost = 0;
      const auto asked = table->try_decide(std::span(&charge, 1), kStartMs).decision;
      const std::uint64_t spent = charge.limit - asked.quotas[0].remaining;
      const auto log = logs.extract(charge.key);
      if (log.empty()) continue;  // seen before
      ASSERT_EQ(spent, log.mapped().in_window(kStartMs, charge.window_s));
      is_any_used_up |= spent == charge.limit;
    }
  }
  EXPECT_TRUE(is_any_used_up);
}

// Time runs on while they decide, and each has read it a little before. An admission lies between
// what its thread read before and after: no window may surely hold more than the limit.
TEST(RateTableThreads, NeverAdmitMoreWhileTimeRuns) {
  // Few keys with room for all, and many that have to make do with their parents' lines.
  for (const std::uint64_t keys_per_dimension : {4U, 40U}) {
    const auto table = std::move(*RateTable::create(4096));
    std::atomic<std::uint64_t> clock_ms = kStartMs;
    const Decisions decisions = run_threads([&](std::mt19937_64& random, Decisions& done) {
      for (int i = 0; i < 1'500; ++i) {
        Decision decision = draw(random, keys_per_dimension);
        if (random() % 8 == 0) clock_ms.fetch_add(random() % 40);
        decision.before_ms = clock_ms.load();
        decision.is_admitted =
            table->try_decide(decision.charged(), decision.before_ms).decision.is_admitted;
        decision.after_ms = clock_ms.load();
        if (decision.is_admitted) done.push_back(decision);
      }
    });
    EXPECT_GT(decisions.size(), 100U);
    EXPECT_EQ(table->spilled_charges() > 0, keys_per_dimension > 4);
    std::map<std::uint64_t, std::vector<std::pair<const Decision*, RateCharge>>> by_key;
    for (const Decision& decision : decisions) {
      for (const RateCharge& charge : decision.charged())
        by_key[charge.key].push_back({&decision, charge});
    }
    for (const auto& [key, admissions] : by_key) {
      const RateCharge& charge = admissions.front().second;
      for (const auto& [first, unused] : admissions) {
        std::uint64_t sum = 0;
        for (const auto& [other, its_charge] : admissions) {
          const bool is_inside = other->before_ms >= first->before_ms &&
                                 other->after_ms <= first->before_ms + charge.window_s * 1000ULL;
          sum += is_inside ? its_charge.cost : 0;
        }
        ASSERT_LE(sum, charge.limit) << "key " << key;
      }
    }
  }
}

}  // namespace
}  // namespace gatehouse::store::memory
