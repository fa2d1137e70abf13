// A responder and people who ask it, turn by turn.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/async/testing/stepped_worker.hpp"
#include "gatehouse/responders/cache/cached_responder.hpp"
#include "gatehouse/telemetry/log.hpp"

namespace gatehouse::responders {

// Says what a test lets it say, when it does.
class Backend final : public chat::Responder {
 public:
  struct Call {
    explicit Call(async::Worker& worker) : news(worker) {}
    async::Signal news;
    std::deque<chat::ReplyEvent> events;
    std::optional<Result<void>> outcome;
    std::string question;
    bool was_left = false;
  };

  explicit Backend(async::Worker& worker) : worker_(worker) {}
  std::string_view name() const override { return "openai"; }
  chat::Repeats repeats() const override { return each_repeats; }

  async::Task<Result<void>> answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                   chat::Exchange& exchange) override {
    Call& call = *calls.emplace_back(std::make_unique<Call>(worker_));
    call.question = prompt.messages.back().text;
    exchange.was_asked = true;
    const async::Cancellation::Watch watch(exchange.cancellation, [&call] { call.news.set(); });
    while (true) {
      call.news.reset();
      while (!call.events.empty()) {
        sink.push(std::move(call.events.front()));
        call.events.pop_front();
      }
      const auto flushed = co_await sink.flush();
      call.was_left = !flushed;
      if (!flushed) co_return flushed;
      if (call.outcome) co_return *call.outcome;
      if (exchange.cancellation.is_cancelled()) continue;
      co_await call.news.wait(exchange.deadline);
    }
  }

  void say(std::size_t number, std::string text) {
    Call& call = *calls.at(number);
    if (!call.question.empty()) call.events.emplace_back(chat::ReplyStart{.responder = "openai"});
    call.question.clear();
    call.events.emplace_back(chat::ReplyDelta{.text = std::move(text)});
    call.news.set();
  }
  void finish(std::size_t number, chat::FinishReason reason = chat::FinishReason::kStop) {
    calls.at(number)->events.emplace_back(chat::ReplyEnd{.choice = 0, .reason = reason});
    end(number, {});
  }
  void end(std::size_t number, Result<void> outcome) {
    calls.at(number)->outcome = std::move(outcome);
    calls.at(number)->news.set();
  }

  std::vector<std::unique_ptr<Call>> calls;
  chat::Repeats each_repeats = chat::Repeats::kAtTemperature0;

 private:
  async::Worker& worker_;
};

// Somebody who asks, and what he hears.
class Person final : public chat::ReplySink {
 public:
  explicit Person(async::Worker& worker) : goes_on(worker) {}

  void push(chat::ReplyEvent&& event) override {
    if (const auto* start = std::get_if<chat::ReplyStart>(&event)) {
      cache = start->cache;
      age_s = start->age_s;
    }
    if (const auto* delta = std::get_if<chat::ReplyDelta>(&event)) heard += delta->text;
    has_end = has_end || std::holds_alternative<chat::ReplyEnd>(event);
  }
  async::Task<Result<void>> flush() override {
    while (is_slow) {
      goes_on.reset();
      co_await goes_on.wait(Deadline::never());
    }
    co_return result;
  }
  void hurry() {
    is_slow = false;
    goes_on.set();
  }

  std::string heard;
  bool has_end = false;
  std::optional<chat::CacheOutcome> cache;
  std::uint32_t age_s = 0;
  bool is_slow = false;
  async::Signal goes_on;
  Result<void> result;
  async::Cancellation cancellation;
  chat::Prompt prompt;
  std::optional<chat::Exchange> exchange;
  std::optional<Result<void>> outcome;
};

// A store in memory.
class MemoryReplies final : public chat::ReplyStore {
 public:
  async::Task<Result<std::optional<chat::KeptText>>> find(async::Worker&, chat::ReplyKey key,
                                                          WallTime oldest) override {
    ++finds;
    const auto found = kept_.find(key);
    if (found == kept_.end() || found->second.kept_at < oldest) co_return std::nullopt;
    co_return found->second;
  }
  async::Task<Result<void>> keep(async::Worker&, chat::ReplyKey key, chat::KeptText kept) override {
    kept_[key] = std::move(kept);
    co_return Result<void>();
  }
  async::Task<Result<void>> forget(async::Worker&, chat::ReplyKey key) override {
    kept_.erase(key);
    co_return Result<void>();
  }
  async::Task<Result<std::uint64_t>> remove_expired(async::Worker&, WallTime) override {
    co_return 0;
  }
  std::uint64_t bytes() const override { return 0; }
  std::uint64_t entries() const override { return kept_.size(); }
  std::string last_error() const override { return {}; }

  int finds = 0;

 private:
  std::unordered_map<chat::ReplyKey, chat::KeptText, ReplyKeyHash> kept_;
};

class CacheHouse {
 public:
  explicit CacheHouse(ReplyCacheSettings settings = {}, chat::ReplyStore* store = nullptr)
      : cache(settings, store), responder(parts()) {}
  ~CacheHouse() { worker.settle(); }

  CachedResponderParts parts() {
    return {.worker = *worker,
            .inner = backend,
            .cache = cache,
            .policy = {},
            .knowledge_version = [this] { return knowledge; },
            .answer_timeout = std::chrono::minutes(1),
            .log = log,
            .on_exception = async::rethrow};
  }
  Person& ask(const std::string& question, const std::string& sender = "key:a",
              chat::Keeping keeping = chat::Keeping::kUsual) {
    auto& person = *people.emplace_back(std::make_unique<Person>(*worker));
    person.prompt.messages = {{chat::Role::kUser, question}};
    person.prompt.asker.sender = sender;
    person.prompt.is_at_temperature_0 = true;
    person.prompt.keeping = keeping;
    return begin(person);
  }
  Person& begin(Person& person, Duration patience = std::chrono::minutes(1)) {
    person.exchange.emplace(
        chat::Exchange{.cancellation = person.cancellation, .deadline = worker->in(patience)});
    group.spawn("person", run(person));
    worker.settle();
    return person;
  }
  void settle() { worker.settle(); }
  void say_all(std::size_t call, const std::string& text) {
    backend.say(call, text);
    backend.finish(call);
    settle();
  }

  async::testing::SteppedWorker worker;
  telemetry::Log log{worker.clock(), telemetry::Level::kError,
                     std::make_shared<telemetry::LogRing>()};
  Backend backend{*worker};
  std::uint64_t knowledge = 1;
  ReplyCache cache;
  CachedResponder responder;
  std::vector<std::unique_ptr<Person>> people;
  async::TaskGroup group{*worker, async::rethrow};

 private:
  async::Task<void> run(Person& person) {
    auto outcome = co_await responder.answer(person.prompt, person, *person.exchange);
    person.outcome = std::move(outcome);
  }
};

}  // namespace gatehouse::responders
