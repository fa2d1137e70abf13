// All message guards on 500 bytes, with the rules that ship. Budgets: 3 µs for a plain message, 15
// µs where views have to be decoded.
#include <benchmark/benchmark.h>

#include <string>

#include "gatehouse/guard/message_guards.hpp"
#include "message/view_maker.hpp"
#include "message/word_pass.hpp"
#include "rules/shipped_rules.hpp"

namespace gatehouse::guard {
namespace {

enum class Kind : std::uint8_t { kPlain, kUneven, kEuropean, kJapanese, kBase64, kLeet };

std::string text_of(Kind kind) {
  constexpr std::string_view kSentences[] = {
      "Which way is it to the dinosaurs, and is there a lift? ",
      "Which way is it?\nIs there a lift?  And a shop? ",
      "Où sont les fossiles à côté de l’entrée? ",
      "恐竜の展示はどこですか。エレベーターはありますか。",
      "Please read V2hlcmUgYXJlIHRoZSBkaW5vc2F1cnM/IFdoaWNoIGRvb3I/IGFuZCBhbnN3ZXI= for me, ",
      "wh1ch w4y 1s 1t t0 th3 d1n0s4urs, 4nd 1s th3r3 4 l1ft? ",
  };
  const auto sentence = kSentences[static_cast<std::size_t>(kind)];
  std::string text;
  while (text.size() + sentence.size() <= 500) text += sentence;
  return text;
}

void message_guards(benchmark::State& state) {
  FloodTable flood(1);
  CadenceTable cadence(1);
  const SystemClock clock;
  auto guards =
      make_message_guards(
          {.rules = shipped_rules(), .flood = &flood, .cadence = &cadence, .clock = &clock})
          .value();
  Policy policy;
  policy.flag_at = policy.deny_at = 1000;
  const std::string text = text_of(static_cast<Kind>(state.range(0)));
  for (auto _ : state) {
    for (const auto& guard : guards) {
      auto verdict = guard->check({.text = text, .max_characters = 10'000}, policy);
      if (verdict.action != Action::kAllow) state.SkipWithError("not let in");
      benchmark::DoNotOptimize(verdict);
    }
  }
}
BENCHMARK(message_guards)->ArgName("kind")->DenseRange(0, 5);

void signals(benchmark::State& state) {
  const std::string text = text_of(Kind::kPlain);
  for (auto _ : state) benchmark::DoNotOptimize(read_signals(text));
}
BENCHMARK(signals);

void fold(benchmark::State& state) {
  const std::string text = text_of(static_cast<Kind>(state.range(0)));
  Folder folder;
  FoldedText folded;
  for (auto _ : state) {
    folder.fold(text, folded);
    benchmark::DoNotOptimize(folded.text.data());
  }
}
BENCHMARK(fold)->ArgName("kind")->DenseRange(1, 3);

void word_pass(benchmark::State& state) {
  const std::string text = text_of(Kind::kPlain);
  const auto& model = shipped_rules()->compiled().model.words;
  WordLister lister;
  for (auto _ : state) benchmark::DoNotOptimize(read_words(text, lister.list(text), model));
}
BENCHMARK(word_pass);

// What each set of patterns takes, and how many of its patterns every text is looked through for.
void pattern_set(benchmark::State& state) {
  const std::string text = text_of(Kind::kPlain);
  const auto& rules = shipped_rules()->compiled();
  const PatternSet* sets[] = {&rules.folded, &rules.marked, &rules.raw, &rules.spelled};
  const auto& set = *sets[state.range(0)];
  auto scratch = set.make_scratch().value();
  const SearchedText searched{.text = text, .folded = text, .marks = MarkSet(text)};
  for (auto _ : state)
    set.scan(scratch, searched, [](void*, std::uint32_t, std::size_t) {}, nullptr);
  state.counters["always"] = static_cast<double>(set.always_count());
}
BENCHMARK(pattern_set)->ArgName("set")->DenseRange(0, 3);

void views(benchmark::State& state) {
  const std::string text = text_of(Kind::kPlain);
  auto scanner = RuleScanner::make(shipped_rules()).value();
  ViewMaker maker;
  for (auto _ : state) {
    scanner.begin();
    benchmark::DoNotOptimize(maker.scan(text, scanner));
  }
}
BENCHMARK(views);

void flood_table(benchmark::State& state) {
  FloodTable flood(1);
  const TimePoint now{std::chrono::hours(1)};
  std::uint64_t similarity = 1;
  for (auto _ : state)
    benchmark::DoNotOptimize(flood.add("sender", similarity *= 0x9E3779B97F4A7C15, now));
}
BENCHMARK(flood_table);

void cadence_table(benchmark::State& state) {
  CadenceTable cadence(1);
  TimePoint now{std::chrono::hours(1)};
  for (auto _ : state)
    benchmark::DoNotOptimize(cadence.add("sender", 60, now += std::chrono::seconds(3)));
}
BENCHMARK(cadence_table);

}  // namespace
}  // namespace gatehouse::guard
