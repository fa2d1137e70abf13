// One event of a reply as a frame, and a client's message out of one.
#include <benchmark/benchmark.h>

#include <string>

#include "gatehouse/codec/testing/client_frames.hpp"

namespace gatehouse::codec {
namespace {

constexpr std::string_view kDelta =
    R"({"type":"delta","id":"01890a5d-41","conversation_id":"0198c5d8-2a6f-7000-8000-1234567890ab",)"
    R"("data":{"text":" door"}})";

void write_delta(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_websocket_frame(out, WebSocketOpcode::kText, kDelta);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_delta);

void write_deflated_delta(benchmark::State& state) {
  MessageDeflater deflater{WebSocketDeflate{}};
  std::string small;
  std::string out;
  for (auto _ : state) {
    small.clear();
    out.clear();
    deflater.deflate(kDelta, small);
    append_websocket_frame(out, WebSocketOpcode::kText, small, true);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_deflated_delta);

void read_message(benchmark::State& state) {
  const std::string bytes =
      testing::client_frame(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  WebSocketReader reader({}, {});
  WebSocketEvent event;
  for (auto _ : state) {
    std::string_view rest = bytes;
    if (!reader.next(rest, event)) state.SkipWithError("no message");
    benchmark::DoNotOptimize(event.payload.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(read_message)->Arg(100)->Arg(32'768);

void read_deflated_message(benchmark::State& state) {
  WebSocketDeflate terms;
  terms.client_keeps_context = terms.server_keeps_context = false;
  MessageDeflater deflater{terms};
  std::string small;
  deflater.deflate(kDelta, small);
  const std::string bytes = testing::client_frame(small, {.reserved = 4});
  WebSocketReader reader({}, terms);
  WebSocketEvent event;
  for (auto _ : state) {
    std::string_view rest = bytes;
    if (!reader.next(rest, event)) state.SkipWithError("no message");
    benchmark::DoNotOptimize(event.payload.data());
  }
}
BENCHMARK(read_deflated_message);

}  // namespace
}  // namespace gatehouse::codec
