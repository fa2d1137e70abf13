#include "gatehouse/responders/openai/openai_responder.hpp"

#include "completion_reader.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/codec/sse.hpp"
#include "gatehouse/http/backend_error.hpp"

namespace gatehouse::responders {
namespace {

constexpr std::size_t kMaxWholeBytes = 8 * 1024 * 1024;
// How long a backend may take to close a stream it has finished, before its connection is given up
// instead of kept.
constexpr auto kCloseTimeout = std::chrono::milliseconds(40);

Secret header_lines(const Secret& api_key, std::string_view accept) {
  http::Headers headers;
  headers.add("Content-Type", "application/json");
  headers.add("User-Agent", "gatehouse");
  headers.add("Accept", accept);
  if (!api_key.is_empty()) headers.add("Authorization", "Bearer " + std::string(api_key.reveal()));
  return Secret(std::string(headers.lines()));
}

}  // namespace

OpenAiResponder::OpenAiResponder(http::ClientPool& pool, OpenAiSettings settings)
    : pool_(pool),
      name_(std::move(settings.name)),
      model_(std::move(settings.model)),
      lines_(lines_with(settings.api_key)) {}

void OpenAiResponder::replace_api_key(const Secret& api_key) { lines_ = lines_with(api_key); }

std::shared_ptr<const OpenAiResponder::Lines> OpenAiResponder::lines_with(const Secret& api_key) {
  return std::make_shared<const Lines>(header_lines(api_key, "application/json"),
                                       header_lines(api_key, "text/event-stream"));
}

std::string OpenAiResponder::body_for(const chat::Prompt& prompt) const {
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("model", prompt.model.empty() ? model_ : prompt.model);
  json.member("stream", true).key("stream_options").raw("{\"include_usage\":true}");
  json.key("messages").begin_array();
  for (const auto& message : prompt.messages) {
    json.begin_object()
        .member("role", chat::name_of(message.role))
        .member("content", message.text)
        .end_object();
  }
  json.end_array().end_object();
  return body;
}

async::Task<Result<void>> OpenAiResponder::answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                                  chat::Exchange& exchange) {
  const std::string made = prompt.openai_body.empty() ? body_for(prompt) : std::string();
  const std::string_view body = prompt.openai_body.empty() ? made : prompt.openai_body;
  const auto lines = lines_;
  http::ClientRequest request{
      .method = "POST",
      .target = "/chat/completions",
      .prepared_lines = (prompt.is_streamed ? lines->stream : lines->whole).reveal(),
      .headers = {},
      .body = body,
      .was_sent = &exchange.was_asked};
  if (!prompt.request_id.empty()) request.headers.add("X-Request-Id", prompt.request_id);
  auto response = co_await pool_.send(request, exchange.cancellation, exchange.deadline);
  if (!response) co_return std::unexpected(response.error());
  if (response->head().status != 200) {
    auto error =
        co_await http::read_backend_failure(*response, exchange.cancellation, exchange.deadline);
    co_return std::unexpected(std::move(error));
  }
  const auto type = codec::media_type_of(response->head().get(codec::HeaderId::kContentType));
  if (equals_ignoring_case(type, "text/event-stream"))
    co_return co_await relay_stream(*response, sink, exchange);
  if (equals_ignoring_case(type, "text/html")) {
    co_return http::not_an_answer("the backend answered with a web page: is the base URL right?");
  }
  co_return co_await relay_whole(*response, sink, exchange);
}

async::Task<Result<void>> OpenAiResponder::relay_whole(http::ClientResponse& response,
                                                       chat::ReplySink& sink,
                                                       chat::Exchange& exchange) {
  const auto body =
      co_await response.read_all(kMaxWholeBytes, exchange.cancellation, exchange.deadline);
  if (!body) co_return std::unexpected(body.error());
  CompletionReader reader(name_, json_, sink);
  const auto read = reader.read_whole(*body);
  if (!read) co_return std::unexpected(read.error());
  co_return co_await sink.flush();
}

async::Task<Result<void>> OpenAiResponder::relay_stream(http::ClientResponse& response,
                                                        chat::ReplySink& sink,
                                                        chat::Exchange& exchange) {
  CompletionReader reader(name_, json_, sink);
  codec::SseParser parser;
  codec::SseEvent event;
  bool is_done = false;
  while (!is_done) {
    const auto piece = co_await response.read(exchange.cancellation, exchange.deadline);
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) break;
    std::string_view rest = *piece;
    while (!is_done && parser.next(rest, event)) {
      is_done = event.data == "[DONE]";
      if (is_done || event.data.empty()) continue;
      if (event.event == "error")
        co_return std::unexpected(http::read_backend_error(200, event.data, {}));
      const auto read = reader.read_chunk(event.data);
      if (!read) co_return std::unexpected(read.error());
    }
    if (parser.has_failed()) co_return http::answer_broke_off();
    const auto flushed = co_await sink.flush();
    if (!flushed) co_return flushed;
  }
  if (!is_done && !reader.is_finished()) co_return http::answer_broke_off();
  if (is_done) {
    // Reading the end of the body is what lets the connection be used again.
    co_await response.read_end(kCloseTimeout, exchange.cancellation);
  }
  co_return Result<void>();
}

}  // namespace gatehouse::responders
