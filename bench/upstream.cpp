// A backend that costs next to nothing: it answers every chat with the same words, whole or as a
// stream, so that what is measured before it is the proxy.
//
//   gatehouse-bench-upstream [--port 0] [--delta-interval-ms 4]
#include <array>
#include <cstdio>
#include <string>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/chunked.hpp"
#include "plain_server.hpp"

namespace gatehouse::bench {
namespace {

constexpr int kDeltas = 50;

// 360 bytes, in the members and the order that OpenAI has.
constexpr std::string_view kCompletion =
    R"({"id":"chatcmpl-BenchBenchBenchBenchBench","object":"chat.completion","created":1767225600,)"
    R"("model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":)"
    R"("Take the second door on the left.","refusal":null},"logprobs":null,)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":97,"completion_tokens":9,)"
    R"("total_tokens":106},"system_fingerprint":"fp_1"})";
constexpr std::string_view kModels =
    R"({"object":"list","data":[{"id":"bench","object":"model","created":1767225600,)"
    R"("owned_by":"bench"}]})";
constexpr std::string_view kChunkStart =
    R"(data: {"id":"chatcmpl-BenchBenchBenchBenchBench","object":"chat.completion.chunk",)"
    R"("created":1767225600,"model":"bench","choices":[)";

std::string with_length(std::string_view status, std::string_view body) {
  std::string out = "HTTP/1.1 ";
  out.append(status).append("\r\nContent-Type: application/json\r\nContent-Length: ");
  out.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return out;
}

std::string chunk_of(std::string_view choices_and_rest) {
  std::string event(kChunkStart);
  event.append(choices_and_rest).append("}\n\n");
  std::string out;
  codec::append_chunk(out, event);
  return out;
}

// Everything that is ever sent, made once.
struct Replies {
  std::string completion = with_length("200 OK", kCompletion);
  std::string models = with_length("200 OK", kModels);
  std::string not_found = with_length("404 Not Found", R"({"error":{"message":"No such path."}})");
  std::string stream_head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string delta =
      chunk_of(R"({"index":0,"delta":{"content":" door"},"logprobs":null,"finish_reason":null}])");
  std::string first =
      chunk_of(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}])");
  std::string last = chunk_of(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}])");
  std::string end;

  Replies() {
    end = chunk_of(R"(],"usage":{"prompt_tokens":97,"completion_tokens":50,"total_tokens":147})");
    codec::append_chunk(end, "data: [DONE]\n\n");
    end += codec::kLastChunk;
  }
};

class Backend {
 public:
  Backend(async::Worker& worker, Duration delta_interval)
      : worker_(worker), delta_interval_(delta_interval) {}

  async::Task<void> serve(std::unique_ptr<net::ByteStream> stream) const {
    PlainConnection connection(worker_, std::move(stream));
    bool goes_on = true;
    while (goes_on) {
      goes_on = co_await connection.next();
      if (goes_on) goes_on = co_await answer(connection);
    }
  }

 private:
  async::Task<bool> answer(PlainConnection& connection) const {
    const auto path = connection.head().path();
    if (path == "/v1/models") co_return co_await connection.write(replies_.models);
    if (path != "/v1/chat/completions") co_return co_await connection.write(replies_.not_found);
    // Good enough for the bodies of our own load, and no parser's cost beside the proxy's.
    const auto body = connection.body();
    const bool wants_stream = body.find("\"stream\":true") != std::string_view::npos ||
                              body.find("\"stream\": true") != std::string_view::npos;
    if (wants_stream) co_return co_await stream(connection);
    co_return co_await connection.write(replies_.completion);
  }

  // Each delta is a write of its own, as models send them, at times that are fixed from the start:
  // a timer that comes late must not make the whole stream slower.
  async::Task<bool> stream(PlainConnection& connection) const {
    const TimePoint begin = worker_.clock().now();
    bool is_there = co_await connection.write(replies_.stream_head + replies_.first);
    for (int i = 0; i < kDeltas && is_there; ++i) {
      if (delta_interval_ > Duration(0)) {
        co_await async::Sleep(worker_, Deadline::at(begin + (i + 1) * delta_interval_));
      }
      is_there = co_await connection.write(replies_.delta);
    }
    if (is_there) is_there = co_await connection.write(replies_.last);
    if (is_there) is_there = co_await connection.write(replies_.end);
    co_return is_there;
  }

  async::Worker& worker_;
  const Duration delta_interval_;
  const Replies replies_;
};

}  // namespace
}  // namespace gatehouse::bench

int main(int count, char** values) {
  using namespace gatehouse;
  const std::vector<std::string_view> arguments(values + 1, values + count);
  const auto port = parse_u64(bench::option(arguments, "--port", "0"));
  const auto interval_ms = parse_u64(bench::option(arguments, "--delta-interval-ms", "4"));
  if (!port || *port > 65535 || !interval_ms || *interval_ms > 60'000) {
    std::fputs("usage: gatehouse-bench-upstream [--port N] [--delta-interval-ms N]\n", stderr);
    return 2;
  }
  const Duration interval = std::chrono::milliseconds(*interval_ms);
  return bench::run_plain_server(
      static_cast<std::uint16_t>(*port), [interval](async::Worker& worker) -> bench::Serve {
        auto backend = std::make_shared<bench::Backend>(worker, interval);
        return [backend](std::unique_ptr<net::ByteStream> stream) {
          return backend->serve(std::move(stream));
        };
      });
}
