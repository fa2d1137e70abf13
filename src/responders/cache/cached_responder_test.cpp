#include "gatehouse/responders/cache/cached_responder.hpp"

#include <gtest/gtest.h>

#include "cache_test_support.hpp"

namespace gatehouse::responders {
namespace {

using chat::CacheOutcome;
using chat::Keeping;

TEST(CachedResponder, AsksOnceAndGivesTheAnswerAgain) {
  CacheHouse house;
  auto& first = house.ask("hello");
  house.say_all(0, "Hi!");
  EXPECT_EQ(first.heard, "Hi!");
  EXPECT_EQ(first.cache, CacheOutcome::kMiss);
  EXPECT_TRUE(first.exchange->was_asked);
  house.worker.advance(std::chrono::seconds(90));
  auto& second = house.ask("hello");
  EXPECT_TRUE(second.outcome && *second.outcome && second.has_end);
  EXPECT_EQ(second.heard, "Hi!");
  EXPECT_EQ(second.cache, CacheOutcome::kHit);
  EXPECT_EQ(second.age_s, 90U);
  EXPECT_FALSE(second.exchange->was_asked);
  EXPECT_EQ(house.backend.calls.size(), 1U);
  const auto counts = house.cache.counts();
  EXPECT_EQ(counts.memory_hits, 1U);
  EXPECT_EQ(counts.misses, 1U);
  EXPECT_EQ(counts.kept, 1U);
}

TEST(CachedResponder, ForgetsWithTime) {
  CacheHouse house({.lifetime = std::chrono::hours(6)});
  house.ask("hello");
  house.say_all(0, "Hi!");
  house.worker.advance(std::chrono::hours(6) + std::chrono::seconds(1));
  house.ask("hello");
  ASSERT_EQ(house.backend.calls.size(), 2U);
  house.say_all(1, "Hello again!");
}

TEST(CachedResponder, LeavesAloneWhatChanceHasAPartIn) {
  CacheHouse house;
  const auto ask_twice = [&house](bool is_at_temperature_0, chat::Repeats repeats) {
    const std::size_t before = house.backend.calls.size();
    house.backend.each_repeats = repeats;
    for (int i = 0; i < 2; ++i) {
      auto& person = *house.people.emplace_back(std::make_unique<Person>(*house.worker));
      person.prompt.messages = {{chat::Role::kUser, "hello"}};
      person.prompt.is_at_temperature_0 = is_at_temperature_0;
      const std::size_t calls = house.backend.calls.size();
      house.begin(person);
      if (house.backend.calls.size() > calls) house.say_all(calls, "Hi!");
    }
    return house.backend.calls.size() - before;
  };
  EXPECT_EQ(ask_twice(false, chat::Repeats::kAtTemperature0), 2U);
  EXPECT_EQ(house.people.back()->cache, CacheOutcome::kNone);
  EXPECT_EQ(ask_twice(true, chat::Repeats::kNever), 2U);
  EXPECT_EQ(ask_twice(true, chat::Repeats::kAtTemperature0), 1U);
  EXPECT_EQ(ask_twice(false, chat::Repeats::kAlways), 0U) << "kept under the same key";
}

TEST(CachedResponder, AsksAnewOrKeepsNothingWhereTheClientSaysSo) {
  CacheHouse house;
  house.ask("hello", "key:a", Keeping::kKeepNothing);
  house.say_all(0, "Not kept.");
  house.ask("hello");
  house.say_all(1, "Old.");
  house.ask("hello", "key:a", Keeping::kAskAnew);
  ASSERT_EQ(house.backend.calls.size(), 3U);
  house.say_all(2, "New.");
  EXPECT_EQ(house.people.back()->heard, "New.");
  EXPECT_EQ(house.people.back()->cache, CacheOutcome::kMiss);
  EXPECT_EQ(house.ask("hello").heard, "New.");
}

TEST(CachedResponder, GivesNobodyTheAnswerOfAnother) {
  CacheHouse house;
  house.ask("hello", "key:a");
  house.say_all(0, "For a.");
  house.ask("hello", "key:b");
  ASSERT_EQ(house.backend.calls.size(), 2U);
  house.say_all(1, "For b.");
  EXPECT_EQ(house.ask("hello", "key:a").heard, "For a.");
  EXPECT_EQ(house.ask("hello", "key:b").heard, "For b.");
  CacheHouse shared({.is_shared = true});
  shared.ask("hello", "key:a");
  shared.say_all(0, "For all.");
  EXPECT_EQ(shared.ask("hello", "key:b").heard, "For all.");
}

TEST(CachedResponder, KeepsNothingThatIsNotWhole) {
  CacheHouse house;
  house.ask("hello");
  house.backend.say(0, "Hi");
  house.backend.end(0, fail(ErrorCode::kUpstreamFailed, "broke off"));
  house.settle();
  EXPECT_EQ(house.people.back()->outcome->error().code, ErrorCode::kUpstreamFailed);
  house.ask("hello");
  house.backend.say(1, "Hi");
  house.backend.finish(1, chat::FinishReason::kLength);
  house.settle();
  house.ask("hello");
  ASSERT_EQ(house.backend.calls.size(), 3U);
  house.knowledge = 2;
  house.say_all(2, "From before the documents changed.");
  const auto counts = house.cache.counts();
  EXPECT_EQ(counts.kept, 0U);
  const auto of = [&](NotKept reason) {
    return counts.not_kept.at(static_cast<std::size_t>(reason));
  };
  EXPECT_EQ(of(NotKept::kFailed), 1U);
  EXPECT_EQ(of(NotKept::kCutShort), 1U);
  EXPECT_EQ(of(NotKept::kOutdated), 1U);
}

TEST(CachedResponder, KeepsNothingThatTheGuardStopped) {
  MemoryReplies store;
  CacheHouse house({}, &store);
  auto& blocked = house.ask("hello");
  blocked.result = fail(ErrorCode::kContentBlocked, "a secret");
  house.say_all(0, "The secret is x.");
  EXPECT_EQ(blocked.outcome->error().code, ErrorCode::kContentBlocked);
  auto& again = house.ask("hello");
  ASSERT_EQ(house.backend.calls.size(), 2U);
  house.say_all(1, "Fine today.");
  EXPECT_EQ(again.heard, "Fine today.");
  EXPECT_EQ(store.entries(), 1U);
  // The rules of another day.
  auto& later = *house.people.emplace_back(std::make_unique<Person>(*house.worker));
  later.prompt = again.prompt;
  later.result = fail(ErrorCode::kContentBlocked, "a secret");
  house.begin(later);
  EXPECT_EQ(later.cache, CacheOutcome::kHit);
  EXPECT_EQ(store.entries(), 0U);
  house.ask("hello");
  EXPECT_EQ(house.backend.calls.size(), 3U);
  house.say_all(2, "Fine.");
}

TEST(CachedResponder, FindsOnTheDiskWhatIsNotInMemory) {
  MemoryReplies store;
  {
    CacheHouse house({}, &store);
    house.ask("hello");
    house.say_all(0, "Hi!");
  }
  EXPECT_EQ(store.entries(), 1U);
  CacheHouse house({}, &store);
  auto& first = house.ask("hello");
  EXPECT_EQ(first.heard, "Hi!");
  EXPECT_EQ(first.cache, CacheOutcome::kHit);
  EXPECT_TRUE(first.outcome && *first.outcome);
  EXPECT_EQ(house.backend.calls.size(), 0U);
  EXPECT_EQ(house.ask("hello").heard, "Hi!");
  EXPECT_EQ(store.finds, 1) << "not while it was empty, and not for what is in memory";
  EXPECT_EQ(house.cache.counts().disk_hits, 1U);
  EXPECT_EQ(house.cache.counts().memory_hits, 1U);
}

}  // namespace
}  // namespace gatehouse::responders
