// What a webhook costs before it is kept: its signature and its decoding.
#include <benchmark/benchmark.h>

#include <string>

#include "line_event.hpp"
#include "signature.hpp"

namespace gatehouse::channels::line {
namespace {

std::string webhook(std::size_t events) {
  const std::string user = "U" + std::string(32, 'a');
  const std::string event =
      R"({"type":"message","timestamp":1700000000123,"mode":"active","webhookEventId":"01H",)"
      R"("deliveryContext":{"isRedelivery":false},"replyToken":"r1","source":{"type":"user",)"
      R"("userId":")" +
      user + R"("},"message":{"id":"42","type":"text","text":")" + std::string(200, 'x') + R"("}})";
  std::string body = R"({"destination":"x","events":[)" + event;
  for (std::size_t i = 1; i < events; ++i) body += "," + event;
  return body + "]}";
}

void read_events(benchmark::State& state) {
  const std::string body = webhook(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(read_webhook(body));
}
BENCHMARK(read_events)->Arg(1)->Arg(100);

void check_signature(benchmark::State& state) {
  const std::string body = webhook(static_cast<std::size_t>(state.range(0)));
  const Secret secret("bench");
  for (auto _ : state) benchmark::DoNotOptimize(is_signed(body, std::string(44, 'A'), secret));
}
BENCHMARK(check_signature)->Arg(1)->Arg(100);

}  // namespace
}  // namespace gatehouse::channels::line
