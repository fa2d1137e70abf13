#include "gatehouse/responders/cache/flight.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "cache_test_support.hpp"

namespace gatehouse::responders {
namespace {

using chat::CacheOutcome;

TEST(Flight, IsOneForAllWhoAskTheSame) {
  CacheHouse house;
  constexpr std::size_t kPeople = 1000;
  for (std::size_t i = 0; i < kPeople; ++i) house.ask("hello");
  house.ask("something else");
  ASSERT_EQ(house.backend.calls.size(), 2U);
  house.say_all(0, "Hi!");
  house.say_all(1, "Else.");
  for (std::size_t i = 0; i < kPeople; ++i) {
    EXPECT_EQ(house.people[i]->heard, "Hi!");
    EXPECT_TRUE(house.people[i]->has_end && *house.people[i]->outcome);
    EXPECT_EQ(house.people[i]->cache, i == 0 ? CacheOutcome::kMiss : CacheOutcome::kHit);
    EXPECT_EQ(house.people[i]->exchange->was_asked, i == 0);
  }
  EXPECT_EQ(house.cache.counts().joined, kPeople - 1);
}

TEST(Flight, GoesOnWhenWhoAskedFirstLeaves) {
  CacheHouse house;
  auto& first = house.ask("hello");
  auto& second = house.ask("hello");
  house.backend.say(0, "Hi ");
  house.settle();
  first.cancellation.cancel();
  house.settle();
  EXPECT_EQ(first.outcome->error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(first.exchange->was_asked) << "he pays for it";
  EXPECT_FALSE(second.outcome);
  house.say_all(0, "there");
  EXPECT_EQ(first.heard, "Hi ");
  EXPECT_EQ(second.heard, "Hi there");
  EXPECT_TRUE(*second.outcome);
  EXPECT_EQ(house.cache.counts().kept, 1U);
}

TEST(Flight, GoesOnWhenAnotherLeaves) {
  CacheHouse house;
  auto& first = house.ask("hello");
  auto& second = house.ask("hello");
  second.cancellation.cancel();
  house.settle();
  EXPECT_EQ(second.outcome->error().code, ErrorCode::kCancelled);
  house.say_all(0, "Hi!");
  EXPECT_EQ(first.heard, "Hi!");
}

TEST(Flight, EndsWhenAllHaveLeft) {
  CacheHouse house;
  auto& first = house.ask("hello");
  auto& second = house.ask("hello");
  house.backend.say(0, "Hi");
  house.settle();
  first.cancellation.cancel();
  second.cancellation.cancel();
  house.settle();
  EXPECT_TRUE(house.backend.calls.at(0)->was_left);
  EXPECT_EQ(house.cache.counts().kept, 0U);
  house.ask("hello");
  ASSERT_EQ(house.backend.calls.size(), 2U) << "what was given up is joined by nobody";
  house.say_all(1, "Hi!");
  EXPECT_EQ(house.people.back()->heard, "Hi!");
}

TEST(Flight, TellsWhoComesLateAllOfIt) {
  CacheHouse house;
  house.ask("hello");
  house.backend.say(0, "one ");
  house.settle();
  auto& late = house.ask("hello");
  EXPECT_EQ(late.heard, "one ");
  house.backend.say(0, "two ");
  house.settle();
  auto& later = house.ask("hello");
  house.say_all(0, "three");
  EXPECT_EQ(late.heard, "one two three");
  EXPECT_EQ(later.heard, "one two three");
  EXPECT_EQ(house.backend.calls.size(), 1U);
}

TEST(Flight, TellsAllOfAFailureOnce) {
  CacheHouse house;
  for (int i = 0; i < 10; ++i) house.ask("hello");
  house.backend.end(0, fail(ErrorCode::kUpstreamFailed, "down"));
  house.settle();
  for (const auto& person : house.people) {
    EXPECT_EQ(person->outcome->error().code, ErrorCode::kUpstreamFailed);
    EXPECT_EQ(person->heard, "");
  }
  EXPECT_EQ(house.backend.calls.size(), 1U);
}

TEST(Flight, LeavesEachHisOwnDeadline) {
  CacheHouse house;
  house.ask("hello");
  auto& hasty = *house.people.emplace_back(std::make_unique<Person>(*house.worker));
  hasty.prompt = house.people.front()->prompt;
  house.begin(hasty, std::chrono::seconds(2));
  house.worker.advance(std::chrono::seconds(3));
  EXPECT_EQ(hasty.outcome->error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_FALSE(house.people.front()->outcome);
  house.say_all(0, "Hi!");
  EXPECT_EQ(house.people.front()->heard, "Hi!");
}

TEST(Flight, IsSlowedByNobodyWhoIsSlow) {
  CacheHouse house;
  auto& quick = house.ask("hello");
  auto& slow = house.ask("hello");
  slow.is_slow = true;
  house.backend.say(0, "one ");
  house.settle();
  house.say_all(0, "two");
  EXPECT_EQ(quick.heard, "one two");
  EXPECT_TRUE(quick.outcome.has_value());
  EXPECT_FALSE(slow.outcome.has_value());
  slow.hurry();
  house.settle();
  EXPECT_EQ(slow.heard, "one two");
  EXPECT_TRUE(*slow.outcome);
}

TEST(Flight, WaitsForWhoIsAloneAndLeavesWhoIsFarBehind) {
  CacheHouse house;
  auto& quick = house.ask("hello");
  quick.is_slow = true;
  const std::string piece(300 * 1024, 'x');
  for (int i = 0; i < 8; ++i) {
    house.backend.say(0, piece);
    house.settle();
  }
  EXPECT_GT(house.backend.calls.at(0)->events.size(), 2U) << "the backend waits";
  quick.hurry();
  house.settle();
  EXPECT_EQ(quick.heard.size(), 8 * piece.size());
  auto& late = house.ask("hello");
  EXPECT_EQ(house.backend.calls.size(), 2U) << "its beginning is gone";
  auto& behind = house.ask("hello");
  behind.is_slow = true;
  for (int i = 0; i < 8; ++i) {
    house.backend.say(1, piece);
    house.settle();
  }
  behind.hurry();
  house.settle();
  EXPECT_EQ(behind.outcome->error().code, ErrorCode::kUnavailable);
  house.say_all(0, "");
  house.say_all(1, "");
  EXPECT_EQ(late.heard.size(), 8 * piece.size());
  EXPECT_TRUE(*late.outcome);
  EXPECT_EQ(house.cache.counts().kept, 0U) << "too large";
}

// Answers with its question, twenty times and piece by piece.
class Quick final : public chat::Responder {
 public:
  Quick(async::Worker& worker, std::atomic<int>& count) : worker_(worker), count_(count) {}
  std::string_view name() const override { return "openai"; }
  chat::Repeats repeats() const override { return chat::Repeats::kAtTemperature0; }
  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange&) override {
    ++count_;
    sink.push(chat::ReplyStart{.responder = "openai"});
    for (int i = 0; i < 20; ++i) {
      sink.push(chat::ReplyDelta{.text = prompt.messages.back().text});
      auto flushed = co_await sink.flush();
      if (!flushed) co_return flushed;
      if (i % 8 == 0) co_await async::Sleep(worker_, worker_.in(std::chrono::milliseconds(1)));
    }
    sink.push(chat::ReplyEnd{});
    co_return co_await sink.flush();
  }

 private:
  async::Worker& worker_;
  std::atomic<int>& count_;
};

struct Race {
  static constexpr unsigned kWorkers = 4;
  static constexpr int kRounds = 200;
  SystemClock clock;
  ReplyCache cache{{}, nullptr};
  std::atomic<int> asked = 0;
  std::atomic<int> wrong = 0;
  std::latch all_done{kWorkers};
};

async::Task<Result<void>> ask_round_after_round(Race& race, async::Worker& worker,
                                                CachedResponder& responder) {
  for (int round = 0; round < Race::kRounds; ++round) {
    Person person(worker);
    person.prompt.is_at_temperature_0 = true;
    person.prompt.messages = {{chat::Role::kUser, std::to_string(round)}};
    chat::Exchange exchange{.cancellation = person.cancellation, .deadline = Deadline::never()};
    const auto outcome = co_await responder.answer(person.prompt, person, exchange);
    std::string expected;
    for (int i = 0; i < 20; ++i) expected += std::to_string(round);
    if (!outcome || person.heard != expected || !person.has_end) ++race.wrong;
  }
  race.all_done.count_down();
  // Others may still fly with one that began here.
  while (!race.all_done.try_wait())
    co_await async::Sleep(worker, worker.in(std::chrono::milliseconds(1)));
  co_await responder.drain();
  co_return Result<void>();
}

void race_on_a_worker(Race& race, unsigned index) {
  async::Worker worker(race.clock, index);
  Quick backend(worker, race.asked);
  telemetry::Log log(race.clock, telemetry::Level::kError, std::make_shared<telemetry::LogRing>());
  CachedResponder responder({.worker = worker,
                             .inner = backend,
                             .cache = race.cache,
                             .policy = {},
                             .knowledge_version = [] { return std::uint64_t{1}; },
                             .answer_timeout = std::chrono::minutes(1),
                             .log = log,
                             .on_exception = async::rethrow});
  static_cast<void>(async::answer_on(worker, ask_round_after_round(race, worker, responder)));
}

TEST(Flight, CarriesPeopleOnOtherWorkers) {
  Race race;
  std::vector<std::jthread> threads;
  for (unsigned index = 0; index < Race::kWorkers; ++index)
    threads.emplace_back([&race, index] { race_on_a_worker(race, index); });
  threads.clear();
  EXPECT_EQ(race.wrong, 0);
  EXPECT_EQ(race.asked, Race::kRounds);
}

}  // namespace
}  // namespace gatehouse::responders
