// JSON as the OpenAI channel reads and writes it.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::codec {
namespace {

// 471 bytes.
constexpr std::string_view kChat =
    R"({"model":"gpt-4o-mini","messages":[{"role":"system","content":"You help the visitors of a )"
    R"(museum. Answer in short, plain sentences."},{"role":"user","content":"I came in through the )"
    R"(north entrance with two children and a push chair. Which way is it to the dinosaurs, is )"
    R"(there a lift on the way, and where can we have lunch without going outside again? We have )"
    R"(about three hours."}],"temperature":0.2,"max_tokens":256,"stream":true,)"
    R"("stream_options":{"include_usage":true}})";
constexpr std::string_view kChunk =
    R"({"id":"chatcmpl-0123456789abcdef0123456789abcdef","object":"chat.completion.chunk",)"
    R"("created":1767225600,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" door"},)"
    R"("logprobs":null,"finish_reason":null}]})";

void read(benchmark::State& state, std::string_view text) {
  JsonReader reader;
  for (auto _ : state) {
    const auto value = reader.read(text);
    if (!value) state.SkipWithError("refused");
    benchmark::DoNotOptimize(value);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(read, chat_request, kChat);
BENCHMARK_CAPTURE(read, chunk, kChunk);

void write_chunk(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    JsonWriter json(out);
    json.begin_object()
        .member("id", "chatcmpl-0123456789abcdef0123456789abcdef")
        .member("object", "chat.completion.chunk")
        .member("created", std::int64_t{1767225600})
        .member("model", "gpt-4o-mini")
        .key("choices")
        .begin_array()
        .begin_object()
        .member("index", std::uint64_t{0})
        .key("delta")
        .begin_object()
        .member("content", " door")
        .end_object()
        .key("finish_reason")
        .null()
        .end_object()
        .end_array()
        .end_object();
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_chunk);

// A text of 500 bytes in which nothing, or every twentieth character, has to be escaped.
void write_text(benchmark::State& state) {
  std::string text(500, 'a');
  if (state.range(0) != 0) {
    for (std::size_t i = 0; i < text.size(); i += 20) text[i] = '\n';
  }
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_json_string(out, text);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_text)->ArgName("escaped")->Arg(0)->Arg(1);

}  // namespace
}  // namespace gatehouse::codec
