// Messages accepted a second, each durable when it is answered, with 1, 16 and 64 at a time. The
// figure to watch is the ratio to 1 at a time, which is what the disk's fsync allows. A folder on a
// disk is needed (TMPDIR): on tmpfs an fsync costs nothing.
#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "gatehouse/chat/testing/answer_of.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

using Accepted = Result<chat::AcceptedMessage>;

chat::NewMessage new_message(std::uint64_t number) {
  const auto name = std::to_string(number);
  return {.owner = {.site = "default", .principal = "visitor:anna"},
          .conversation_id = {},
          .new_conversation_id = "0190f3a8-7a1c-7000-8000-" + name,
          .message_id = "0190f3a8-7a1c-7000-9000-" + name,
          .reply_id = "0190f3a8-7a1c-7000-a000-" + name,
          .text = std::string(200, 'x'),
          .tags = {},
          .metadata_json = {},
          .now = WallTime{std::chrono::milliseconds(1'800'000'000'000)},
          .expires_at = WallTime{std::chrono::milliseconds(1'900'000'000'000)},
          .history_limit = 20};
}

async::Task<bool> accept_at_a_time(async::Worker& home, OpenStore& store, benchmark::State& state) {
  std::uint64_t number = 0;
  bool is_well = true;
  for (auto _ : state) {
    std::vector<async::Task<Accepted>> tasks;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      tasks.push_back(store.conversations.accept(home, new_message(++number)));
    }
    const auto answers = co_await chat::testing::all_of(home, std::move(tasks), [] {});
    for (const auto& answer : answers) is_well = is_well && answer.has_value();
  }
  co_return is_well;
}

void accept(benchmark::State& state) {
  TemporaryStore store;
  const bool is_well = chat::testing::answer_of(
      [&](async::Worker& home) { return accept_at_a_time(home, store.open, state); });
  if (!is_well) state.SkipWithError("a message was refused");
  const auto messages = static_cast<double>(state.iterations() * state.range(0));
  const auto commits = static_cast<double>(store.open.file.writer->counts().commits);
  state.counters["messages/s"] = benchmark::Counter(messages, benchmark::Counter::kIsRate);
  state.counters["messages/commit"] = messages / commits;
}
BENCHMARK(accept)->Arg(1)->Arg(16)->Arg(64)->UseRealTime();

}  // namespace
}  // namespace gatehouse::store::sqlite
