#include "gatehouse/responders/n8n/n8n_responder.hpp"

#include "diagnosis.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/http/backend_error.hpp"
#include "n8n_reader.hpp"
#include "workflow_request.hpp"

namespace gatehouse::responders {
namespace {

constexpr std::size_t kMaxErrorBytes = 64 * 1024;
// What n8n's own chat asks with where it wants a stream; n8n answers as its trigger is set.
constexpr std::string_view kStreamLines =
    "Content-Type: application/json\r\nAccept: text/plain\r\nUser-Agent: gatehouse\r\n";
constexpr std::string_view kWholeLines =
    "Content-Type: application/json\r\nAccept: application/json\r\nUser-Agent: gatehouse\r\n";
constexpr std::uint16_t kTooManyRequests = 429;
constexpr std::uint16_t kServerError = 500;

}  // namespace

N8nResponder::N8nResponder(http::ClientPool& pool, N8nSettings settings, const Clock& clock,
                           Random& random, telemetry::Log& log)
    : pool_(pool), settings_(std::move(settings)), clock_(clock), random_(random), log_(log) {}

http::Headers N8nResponder::headers_for(const chat::Prompt& prompt) const {
  http::Headers headers;
  if (!prompt.request_id.empty()) headers.add("X-Request-Id", prompt.request_id);
  headers.add_lines(settings_.credential_line.reveal());
  if (settings_.token_key) {
    const Secret token = make_workflow_token(prompt, settings_, clock_.wall(), random_);
    headers.add("Authorization", "Bearer " + std::string(token.reveal()));
  }
  return headers;
}

void N8nResponder::tell(std::string_view diagnosis, std::string_view detail,
                        const chat::Prompt& prompt, chat::Exchange& exchange) {
  exchange.diagnosis = diagnosis;
  log_.warning("RESPONDER_MISCONFIGURED", diagnosis,
               {{"responder", "n8n"}, {"request_id", prompt.request_id}, {"detail", detail}});
}

async::Task<Result<void>> N8nResponder::answer(const chat::Prompt& prompt, chat::ReplySink& sink,
                                               chat::Exchange& exchange) {
  const std::string body = make_workflow_body(prompt, settings_);
  const bool may_stream = settings_.streams != N8nSettings::Streams::kNo;
  const http::ClientRequest request{.method = "POST",
                                    .target = pool_.upstream().base_path.empty() ? "/" : "",
                                    .prepared_lines = may_stream ? kStreamLines : kWholeLines,
                                    .headers = headers_for(prompt),
                                    .body = body,
                                    .was_sent = &exchange.was_asked};
  auto response = co_await pool_.send(request, exchange.cancellation, exchange.deadline);
  if (!response) co_return std::unexpected(response.error());
  const auto status = response->head().status;
  if (status >= 200 && status < 300) co_return co_await relay(*response, prompt, sink, exchange);
  auto error = co_await failure(*response, prompt, exchange);
  co_return std::unexpected(std::move(error));
}

// Nothing n8n says of itself is for who asks: what it calls a wrong request is the operator's to
// mend. That it is busy or slow is all that is passed on.
async::Task<Error> N8nResponder::failure(http::ClientResponse& response, const chat::Prompt& prompt,
                                         chat::Exchange& exchange) {
  const std::uint16_t status = response.head().status;
  const std::string retry_after(response.head().get(codec::HeaderId::kRetryAfter));
  const auto body =
      co_await response.read_all(kMaxErrorBytes, exchange.cancellation, exchange.deadline);
  if (!body && body.error().code == ErrorCode::kCancelled) co_return body.error();
  const std::string said = body.value_or(std::string());
  // n8n repeats the path of a webhook that it doesn't know, and the path may be secret.
  const auto told = http::read_backend_error(status, status == 404 ? "" : said, {});
  tell(diagnose_status(status, said, pool_.upstream().base_path), told.log_message, prompt,
       exchange);
  const bool is_for_all = status == kTooManyRequests || status > kServerError;
  auto error = http::read_backend_error(is_for_all ? status : kServerError, {}, retry_after);
  error.log_message = told.log_message;
  co_return error;
}

async::Task<Result<void>> N8nResponder::relay(http::ClientResponse& response,
                                              const chat::Prompt& prompt, chat::ReplySink& sink,
                                              chat::Exchange& exchange) {
  const auto type = codec::media_type_of(response.head().get(codec::HeaderId::kContentType));
  N8nReader reader(json_, sink, equals_ignoring_case(type, "application/json"));
  bool has_ended = false;
  while (!has_ended) {
    const auto piece = co_await response.read(exchange.cancellation, exchange.deadline);
    if (!piece) co_return std::unexpected(piece.error());
    has_ended = piece->empty();
    const auto read = has_ended ? reader.end() : reader.read(*piece);
    const auto flushed = co_await sink.flush();
    if (!read) {
      tell(read.error().diagnosis, read.error().detail, prompt, exchange);
      co_return http::not_an_answer(std::string(read.error().diagnosis));
    }
    if (!flushed) co_return flushed;
  }
  if (settings_.streams == N8nSettings::Streams::kYes && !reader.is_stream())
    tell(diagnosis::kNoStream, {}, prompt, exchange);
  co_return Result<void>();
}

}  // namespace gatehouse::responders
