// What the reply stage costs with the rules that ship. Budget: 200 ns for a token of five bytes.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "reply_test_support.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::array<std::string_view, 10> kTokens = {
    " Take", " the", " second", " door", " on", " the", " left", ", says", " a", " sign."};

Policy endless(ReplyOptions options) {
  Policy policy = reply_policy(options);
  policy.reply_max_bytes = ~std::uint64_t{0};
  return policy;
}

// One token of prose in a stream that goes on. Observing personal data is the default.
void reply_token(benchmark::State& state) {
  ReplyScanner scanner(endless({.personal = static_cast<ReplyMode>(state.range(0))}));
  std::size_t turn = 0;
  std::string text;
  for (auto _ : state) {
    text.assign(kTokens[++turn % kTokens.size()]);
    scanner.scan(0, 0, text);
    if (scanner.verdict()) state.SkipWithError("cut");
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(reply_token)->ArgName("personal_off")->Arg(0)->Arg(1)->Arg(2);

// A whole stream of 50 deltas, with its scanner made and ended.
void reply_stream_of_50(benchmark::State& state) {
  const Policy policy = endless({});
  std::string text;
  for (auto _ : state) {
    ReplyScanner scanner(policy);
    for (std::size_t i = 0; i < 50; ++i) {
      text.assign(kTokens[i % kTokens.size()]);
      scanner.scan(0, 0, text);
      benchmark::DoNotOptimize(text.data());
    }
    scanner.finish(0, 0, text);
    if (scanner.verdict()) state.SkipWithError("cut");
  }
  state.SetItemsProcessed(state.iterations() * 50);
}
BENCHMARK(reply_stream_of_50);

// The worst a stream can ask for: openers without end, none of them decided for long.
void reply_hostile(benchmark::State& state) {
  const Policy policy = endless({.personal = ReplyMode::kEnforce});
  std::string text;
  for (int i = 0; i < 200; ++i) text += "<img ![ eyJ ]:";
  for (auto _ : state) {
    ReplyScanner scanner(policy);
    std::string copy = text;
    scanner.scan(0, 0, copy);
    benchmark::DoNotOptimize(copy.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(reply_hostile);

}  // namespace
}  // namespace gatehouse::guard
