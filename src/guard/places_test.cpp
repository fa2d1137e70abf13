#include "gatehouse/guard/places.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace gatehouse::guard {
namespace {

using Kind = Places::Kind;

Principal visitor(std::string id) {
  return {.kind = Principal::Kind::kVisitor, .id = std::move(id)};
}
const IpPrefix kHome = *IpPrefix::parse("198.51.100.7");
const IpPrefix kElsewhere = *IpPrefix::parse("198.51.100.8");

TEST(Places, HoldPerPrincipalUntilOneIsGivenBack) {
  Places places({.answers_per_principal = 2}, 7);
  auto first = places.take(Kind::kAnswer, visitor("a"), kHome);
  const auto second = places.take(Kind::kAnswer, visitor("a"), kElsewhere);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(places.take(Kind::kAnswer, visitor("a"), kHome));
  EXPECT_TRUE(places.take(Kind::kAnswer, visitor("b"), kHome));
  EXPECT_TRUE(places.take(Kind::kStream, visitor("a"), kHome)) << "another kind";
  first.reset();
  EXPECT_TRUE(places.take(Kind::kAnswer, visitor("a"), kHome));
}

TEST(Places, HoldPerPrefixOverAllItsSessions) {
  Places places({.streams_per_principal = 8, .streams_per_prefix = 3}, 7);
  std::vector<Place> held;
  for (int i = 0; i < 3; ++i)
    held.push_back(std::move(*places.take(Kind::kStream, visitor(std::to_string(i)), kHome)));
  EXPECT_FALSE(places.take(Kind::kStream, visitor("3"), kHome));
  EXPECT_TRUE(places.take(Kind::kStream, visitor("3"), kElsewhere))
      << "the refusal has given back what it had";
  held.pop_back();
  EXPECT_TRUE(places.take(Kind::kStream, visitor("3"), kHome));
}

TEST(Places, CountWhoeverHasNoNameByPrefix) {
  Places places({.answers_per_principal = 1}, 7);
  const auto held = places.take(Kind::kAnswer, Principal{}, kHome);
  ASSERT_TRUE(held);
  EXPECT_FALSE(places.take(Kind::kAnswer, Principal{}, kHome));
  EXPECT_TRUE(places.take(Kind::kAnswer, Principal{}, kElsewhere));
}

TEST(Places, AreGivenBackOnceWhenMoved) {
  Places places({.answers_per_principal = 1}, 7);
  {
    Place held = std::move(*places.take(Kind::kAnswer, visitor("a"), kHome));
    Place moved = std::move(held);
    held = Place();
    EXPECT_FALSE(places.take(Kind::kAnswer, visitor("a"), kHome));
  }
  EXPECT_TRUE(places.take(Kind::kAnswer, visitor("a"), kHome));
}

TEST(Places, NeverGiveMoreThanThereAreToManyThreads) {
  Places places({.answers_per_principal = 3}, 7);
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 2000; ++n) {
        const auto place = places.take(Kind::kAnswer, visitor("a"), kHome);
        if (!place) continue;
        const int held = ++now;
        int seen = most;
        while (seen < held && !most.compare_exchange_weak(seen, held)) {
        }
        --now;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_TRUE(places.take(Kind::kAnswer, visitor("a"), kHome));
}

}  // namespace
}  // namespace gatehouse::guard
