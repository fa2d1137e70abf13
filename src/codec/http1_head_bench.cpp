// A request's head: found, then read.
#include <benchmark/benchmark.h>

#include <string_view>

#include "gatehouse/codec/http1_head.hpp"

namespace gatehouse::codec {
namespace {

// 454 bytes, as OpenAI's Python client sends it.
constexpr std::string_view kChatHead =
    "POST /v1/chat/completions HTTP/1.1\r\n"
    "Host: chat.example.com\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Connection: keep-alive\r\n"
    "Accept: application/json\r\n"
    "Content-Type: application/json\r\n"
    "User-Agent: OpenAI/Python 1.59.7\r\n"
    "X-Stainless-Lang: python\r\n"
    "X-Stainless-Package-Version: 1.59.7\r\n"
    "X-Stainless-OS: Linux\r\n"
    "X-Stainless-Arch: x64\r\n"
    "X-Stainless-Runtime: CPython\r\n"
    "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n"
    "x-stainless-retry-count: 0\r\n"
    "Content-Length: 512\r\n\r\n";

// What a backend answers.
constexpr std::string_view kReplyHead =
    "HTTP/1.1 200 OK\r\n"
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "Content-Type: text/event-stream; charset=utf-8\r\n"
    "Transfer-Encoding: chunked\r\n"
    "Connection: keep-alive\r\n"
    "openai-processing-ms: 120\r\n"
    "x-request-id: req_0123456789abcdef0123456789abcdef\r\n\r\n";

void request_head(benchmark::State& state) {
  RequestHead head;
  for (auto _ : state) {
    HeadScanner scanner;
    benchmark::DoNotOptimize(scanner.scan(kChatHead));
    auto fault = parse_request_head(kChatHead.substr(0, scanner.head_bytes()), {}, head);
    if (fault) state.SkipWithError("refused");
    benchmark::DoNotOptimize(head.get(HeaderId::kAuthorization));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kChatHead.size()));
}
BENCHMARK(request_head);

void response_head(benchmark::State& state) {
  ResponseHead head;
  for (auto _ : state) {
    HeadScanner scanner;
    benchmark::DoNotOptimize(scanner.scan(kReplyHead));
    auto fault = parse_response_head(kReplyHead.substr(0, scanner.head_bytes()), {}, false, head);
    if (fault) state.SkipWithError("refused");
    benchmark::DoNotOptimize(head.status);
  }
}
BENCHMARK(response_head);

// A head that comes byte by byte: no byte is read twice.
void request_head_byte_by_byte(benchmark::State& state) {
  for (auto _ : state) {
    HeadScanner scanner;
    for (std::size_t i = 1; i <= kChatHead.size(); ++i) {
      benchmark::DoNotOptimize(scanner.scan(kChatHead.substr(0, i)));
    }
  }
}
BENCHMARK(request_head_byte_by_byte);

}  // namespace
}  // namespace gatehouse::codec
