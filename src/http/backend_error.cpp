#include "gatehouse/http/backend_error.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::http {
namespace {

constexpr std::size_t kMaxErrorBytes = 64 * 1024;
constexpr std::size_t kMaxMessageCharacters = 300;
constexpr std::uint32_t kMaxRetryAfterSeconds = 600;

std::string message_in(const codec::JsonValue& value) {
  if (!value.is_object()) return std::string(value.string_or_empty());
  // In the order of trust: OpenAI's own place, then what vendors use instead.
  for (const auto name : {"message", "error", "detail", "msg", "error_description"}) {
    if (auto found = message_in(value[name]); !found.empty()) return found;
  }
  return {};
}

// Cut to one line of plain text.
std::string tidy(std::string text) {
  const auto scan = scan_utf8(text);
  if (!scan.is_valid) return {};
  text.resize(utf8_offset(text, kMaxMessageCharacters));
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

bool looks_like_page(std::string_view text) { return text.find('<') != std::string_view::npos; }

ErrorCode code_of(std::uint16_t status) {
  switch (status) {
    case 404:
      return ErrorCode::kNotFound;
    case 400:
    case 413:
    case 422:
      return ErrorCode::kInvalid;
    case 408:
    case 504:
      return ErrorCode::kUpstreamTimeout;
    case 429:
      return ErrorCode::kRateLimited;
    case 503:
    case 529:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kUpstreamFailed;
  }
}

std::string default_message(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return "The answering service refused the request.";
    case ErrorCode::kRateLimited:
      return "The answering service is busy. Try again later.";
    case ErrorCode::kUpstreamTimeout:
      return "The answering service took too long. Try again in a moment.";
    case ErrorCode::kUnavailable:
      return "The answering service is not available. Try again in a moment.";
    default:
      return "The answering service failed. Try again in a moment.";
  }
}

}  // namespace

Error read_backend_error(std::uint16_t status, std::string_view body,
                         std::string_view retry_after) {
  Error error;
  error.code = code_of(status);
  error.client_message = default_message(error.code);
  error.log_message = "the backend answered " + std::to_string(status);
  codec::JsonReader reader;
  const auto parsed = reader.read(body);
  const std::string message = parsed ? tidy(message_in(*parsed)) : std::string();
  if (!message.empty()) error.log_message += ": " + message;
  // Only what the client can mend is passed on; a wrong key or a full disk over there is the
  // operator's affair.
  const bool can_mend = error.code == ErrorCode::kInvalid || error.code == ErrorCode::kNotFound;
  if (can_mend && !message.empty() && !looks_like_page(message)) error.client_message = message;
  if (const auto seconds = parse_u64(trim(retry_after))) {
    error.retry_after_ms =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(*seconds, kMaxRetryAfterSeconds)) * 1000;
  }
  return error;
}

async::Task<Error> read_backend_failure(ClientResponse& response, async::Cancellation& cancellation,
                                        Deadline deadline) {
  const std::uint16_t status = response.head().status;
  const std::string retry_after(response.head().get(codec::HeaderId::kRetryAfter));
  const auto body = co_await response.read_all(kMaxErrorBytes, cancellation, deadline);
  if (!body && body.error().code == ErrorCode::kCancelled) co_return body.error();
  co_return read_backend_error(status, body.value_or(std::string()), retry_after);
}

std::unexpected<Error> answer_broke_off() {
  return fail(ErrorCode::kUpstreamFailed, "The answering service broke off. Try again in a moment.",
              "the backend's stream ended before its answer did");
}

std::unexpected<Error> not_an_answer(std::string detail) {
  return fail(ErrorCode::kUpstreamFailed, default_message(ErrorCode::kUpstreamFailed),
              std::move(detail));
}

}  // namespace gatehouse::http
