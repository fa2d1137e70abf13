// What it costs to find out that an answer can't be given again, and to give one again.
#include <benchmark/benchmark.h>

#include "cache_test_support.hpp"
#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::responders {
namespace {

// Takes events and forgets them.
class Nobody final : public chat::ReplySink {
 public:
  void push(chat::ReplyEvent&& event) override { benchmark::DoNotOptimize(event); }
  async::Task<Result<void>> flush() override { co_return Result<void>(); }
};

// Answers at once with nothing.
class Silent final : public chat::Responder {
 public:
  std::string_view name() const override { return "openai"; }
  chat::Repeats repeats() const override { return chat::Repeats::kAtTemperature0; }
  async::Task<Result<void>> answer(const chat::Prompt&, chat::ReplySink&,
                                   chat::Exchange&) override {
    co_return Result<void>();
  }
};

chat::Prompt prompt_of(std::size_t bytes, bool is_at_temperature_0) {
  chat::Prompt prompt;
  prompt.asker = {.channel = "openai", .kind = "key", .language = "en", .sender = "key:program"};
  prompt.model = "gpt-4o-mini";
  prompt.is_at_temperature_0 = is_at_temperature_0;
  prompt.messages = {{chat::Role::kUser, std::string(bytes, 'x')}};
  JsonWriter json(prompt.openai_body);
  json.begin_object().member("model", prompt.model).key("temperature").number(std::uint64_t{0});
  json.key("messages").begin_array().begin_object().member("role", "user");
  json.member("content", prompt.messages.back().text).end_object().end_array().end_object();
  return prompt;
}

async::Task<Result<void>> ask_often(chat::Responder& responder, const chat::Prompt& prompt,
                                    benchmark::State& state) {
  async::Cancellation cancellation;
  Nobody nobody;
  for (auto _ : state) {
    chat::Exchange exchange{.cancellation = cancellation, .deadline = Deadline::never()};
    auto outcome = co_await responder.answer(prompt, nobody, exchange);
    benchmark::DoNotOptimize(outcome);
  }
  co_return Result<void>();
}

void run(benchmark::State& state, chat::Responder& responder, async::Worker& worker,
         const chat::Prompt& prompt) {
  async::TaskGroup group(worker, async::rethrow);
  std::optional<Result<void>> answer;
  group.spawn("ask", async::keep_answer(worker, ask_often(responder, prompt, state), answer));
  worker.run();
}

void BM_WithoutACache(benchmark::State& state) {
  CacheHouse house;
  Silent silent;
  run(state, silent, *house.worker, prompt_of(500, false));
}
BENCHMARK(BM_WithoutACache);

void BM_NotToBeKept(benchmark::State& state) {
  CacheHouse house;
  Silent silent;
  auto parts = CachedResponderParts{.worker = *house.worker,
                                    .inner = silent,
                                    .cache = house.cache,
                                    .policy = {},
                                    .knowledge_version = [] { return std::uint64_t{1}; },
                                    .log = house.log,
                                    .on_exception = async::rethrow};
  CachedResponder responder(std::move(parts));
  run(state, responder, *house.worker, prompt_of(500, false));
}
BENCHMARK(BM_NotToBeKept);

// An answer of 2,500 bytes in 500 pieces, to a prompt of so many bytes.
void BM_Hit(benchmark::State& state) {
  CacheHouse house;
  const auto prompt = prompt_of(static_cast<std::size_t>(state.range(0)), true);
  auto& person = *house.people.emplace_back(std::make_unique<Person>(*house.worker));
  person.prompt = prompt;
  house.begin(person);
  for (int i = 0; i < 500; ++i) house.backend.say(0, "word ");
  house.say_all(0, "word ");
  run(state, house.responder, *house.worker, prompt);
  if (house.backend.calls.size() != 1) state.SkipWithError("it was no hit");
}
BENCHMARK(BM_Hit)->Arg(500)->Arg(50'000);

}  // namespace
}  // namespace gatehouse::responders
