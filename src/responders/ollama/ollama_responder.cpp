#include "gatehouse/responders/ollama/ollama_responder.hpp"

#include "chat_reader.hpp"
#include "chat_request.hpp"
#include "gatehouse/codec/ndjson.hpp"
#include "gatehouse/http/backend_error.hpp"

namespace gatehouse::responders {
namespace {

constexpr std::string_view kHeaderLines =
    "Content-Type: application/json\r\nAccept: application/x-ndjson\r\nUser-Agent: gatehouse\r\n";
constexpr auto kCloseTimeout = std::chrono::milliseconds(40);

}  // namespace

OllamaResponder::OllamaResponder(http::ClientPool& pool, OllamaSettings settings,
                                 telemetry::Log& log)
    : pool_(pool), settings_(std::move(settings)), log_(log) {}

async::Task<Result<void>> OllamaResponder::answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                                  chat::Exchange& exchange) {
  const auto made = make_ollama_request(prompt, settings_, json_);
  if (!made) co_return std::unexpected(made.error());
  if (made->dropped_messages > 0) {
    log_.warning("PROMPT_SHORTENED", "A prompt was longer than the model's context.",
                 {{"request_id", prompt.request_id},
                  {"dropped_messages", made->dropped_messages},
                  {"context_tokens", settings_.context_tokens}});
  }
  http::ClientRequest request{.method = "POST",
                              .target = "/api/chat",
                              .prepared_lines = kHeaderLines,
                              .headers = {},
                              .body = made->body,
                              .was_sent = &exchange.was_asked};
  if (!prompt.request_id.empty()) request.headers.add("X-Request-Id", prompt.request_id);
  auto response = co_await pool_.send(request, exchange.cancellation, exchange.deadline);
  if (!response) co_return std::unexpected(response.error());
  if (response->head().status != 200) {
    auto error =
        co_await http::read_backend_failure(*response, exchange.cancellation, exchange.deadline);
    co_return std::unexpected(std::move(error));
  }
  co_return co_await relay(*response, made->dropped_messages, sink, exchange);
}

async::Task<Result<void>> OllamaResponder::relay(http::ClientResponse& response,
                                                 std::uint64_t dropped, chat::ReplySink& sink,
                                                 chat::Exchange& exchange) {
  OllamaReader reader(json_, dropped, sink);
  codec::NdjsonParser parser;
  std::string_view line;
  while (!reader.is_done()) {
    const auto piece = co_await response.read(exchange.cancellation, exchange.deadline);
    if (!piece) co_return std::unexpected(piece.error());
    const bool has_ended = piece->empty();
    std::string_view rest = *piece;
    while (parser.next(rest, line) || (has_ended && parser.last(line))) {
      const auto read = reader.read_line(line);
      if (!read) co_return std::unexpected(read.error());
    }
    if (parser.has_failed() || (has_ended && !reader.is_done())) co_return http::answer_broke_off();
    const auto flushed = co_await sink.flush();
    if (!flushed) co_return flushed;
  }
  co_await response.read_end(kCloseTimeout, exchange.cancellation);
  co_return Result<void>();
}

}  // namespace gatehouse::responders
