// Events of a stream: cut out of bytes, and written. A delta has 1.5 µs for all its steps.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "gatehouse/codec/chunked.hpp"
#include "gatehouse/codec/sse.hpp"

namespace gatehouse::codec {
namespace {

constexpr std::string_view kDelta =
    R"({"id":"chatcmpl-0123456789abcdef0123456789abcdef","object":"chat.completion.chunk",)"
    R"("created":1767225600,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" door"},)"
    R"("logprobs":null,"finish_reason":null}]})";

// One event, as it mostly comes: whole, in a piece of its own.
void parse_event(benchmark::State& state) {
  const std::string bytes = "data: " + std::string(kDelta) + "\n\n";
  SseParser parser;
  SseEvent event;
  for (auto _ : state) {
    std::string_view rest = bytes;
    if (!parser.next(rest, event)) state.SkipWithError("no event");
    benchmark::DoNotOptimize(event.data.data());
  }
}
BENCHMARK(parse_event);

// The same in two pieces, which has to be put together.
void parse_split_event(benchmark::State& state) {
  const std::string bytes = "data: " + std::string(kDelta) + "\n\n";
  SseParser parser;
  SseEvent event;
  for (auto _ : state) {
    std::string_view first = std::string_view(bytes).substr(0, 100);
    std::string_view second = std::string_view(bytes).substr(100);
    benchmark::DoNotOptimize(parser.next(first, event));
    if (!parser.next(second, event)) state.SkipWithError("no event");
    benchmark::DoNotOptimize(event.data.data());
  }
}
BENCHMARK(parse_split_event);

void write_event(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_sse_event(out, "01890a5d-41", "delta", R"({"text":" door"})");
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_event);

// The transfer coding around each delta, both ways.
void chunk_there_and_back(benchmark::State& state) {
  std::string out;
  ChunkedDecoder decoder;
  for (auto _ : state) {
    out.clear();
    append_chunk(out, kDelta);
    const auto step = decoder.decode(out);
    benchmark::DoNotOptimize(step.data.data());
    benchmark::DoNotOptimize(decoder.decode(std::string_view(out).substr(step.consumed)));
  }
}
BENCHMARK(chunk_there_and_back);

}  // namespace
}  // namespace gatehouse::codec
