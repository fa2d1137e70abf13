#include "line_api.hpp"

#include <algorithm>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/http/backend_error.hpp"

namespace gatehouse::channels::line {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64 * 1024;
constexpr std::string_view kCommonLines =
    "Content-Type: application/json\r\nAccept: application/json\r\nUser-Agent: gatehouse\r\n";

// What LINE says of a call that it doesn't take, in one line.
std::string said_in(const ApiAnswer& answer) {
  const auto read = http::read_backend_error(answer.status, answer.body, {});
  const auto colon = read.log_message.find(": ");
  return colon == std::string::npos ? "" : " It says: " + read.log_message.substr(colon + 2);
}

Error with_code(ErrorCode code, std::string words, const ApiAnswer& answer) {
  return {.code = code,
          .client_message = "LINE did not take the message.",
          .log_message = words + said_in(answer),
          .field = {},
          .retry_after_ms = answer.retry_after_ms};
}

}  // namespace

bool is_dead_reply_token(const ApiAnswer& answer) {
  return answer.status == 400 && answer.body.contains("Invalid reply token");
}

Error error_of(const ApiAnswer& answer) {
  switch (answer.status) {
    case 400:
      return with_code(ErrorCode::kInvalid, "LINE did not take the call (400).", answer);
    case 401:
      return with_code(ErrorCode::kForbidden,
                       "LINE does not know the channel access token (401). Issue a new one in "
                       "LINE's console and set LINE_CHANNEL_ACCESS_TOKEN.",
                       answer);
    case 403:
      return with_code(ErrorCode::kForbidden,
                       "LINE does not allow this call to the channel (403). See the plan and the "
                       "rights of the account in LINE's console.",
                       answer);
    case 429:
      if (answer.body.contains("monthly limit")) {
        return with_code(ErrorCode::kForbidden,
                         "The messages that may be pushed in this month are used up (429). Raise "
                         "the plan in LINE's console, or set line.long_answers = \"ask\".",
                         answer);
      }
      return with_code(ErrorCode::kRateLimited, "LINE asks for fewer calls (429).", answer);
    default:
      if (answer.status >= 500) {
        return with_code(ErrorCode::kUnavailable,
                         "LINE failed (" + std::to_string(answer.status) + ").", answer);
      }
      return with_code(ErrorCode::kInvalid, "LINE answered " + std::to_string(answer.status) + ".",
                       answer);
  }
}

std::string messages_json(const std::vector<std::string>& texts, const AnswerButton* button) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const auto& each : texts) {
    json.begin_object().member("type", "text").member("text", each);
    if (button != nullptr && &each == &texts.back()) {
      json.key("quickReply").begin_object().key("items").begin_array().begin_object();
      json.member("type", "action").key("action").begin_object();
      json.member("type", "postback").member("label", button->label);
      json.member("data", button->data).member("displayText", button->label);
      json.end_object().end_object().end_array().end_object();
    }
    json.end_object();
  }
  json.end_array();
  return text;
}

async::Task<Result<ApiAnswer>> LineApi::ask(Call call, async::Cancellation& cancellation) {
  http::ClientRequest request{.method = call.method,
                              .target = call.path,
                              .prepared_lines = kCommonLines,
                              .headers = {},
                              .body = call.body,
                              .is_sent_once = call.is_sent_once};
  const auto& token = parts_.settings.channel_access_token;
  request.headers.add("Authorization", "Bearer " + std::string(token.reveal()));
  if (!call.retry_key.empty()) request.headers.add("X-Line-Retry-Key", call.retry_key);
  const Deadline deadline = parts_.worker.in(parts_.settings.call_timeout);
  auto response = co_await parts_.api.send(request, cancellation, deadline);
  if (!response) co_return std::unexpected(response.error());
  ApiAnswer answer{.status = response->head().status, .body = {}};
  const auto seconds = parse_u64(trim(response->head().get(codec::HeaderId::kRetryAfter)));
  constexpr std::uint64_t kLongestSeconds = 86'400;
  answer.retry_after_ms =
      static_cast<std::uint32_t>(std::min(seconds.value_or(0), kLongestSeconds)) * 1000;
  auto body = co_await response->read_all(kMaxAnswerBytes, cancellation, deadline);
  // Its status says what came of the call.
  if (body) answer.body = std::move(*body);
  co_return answer;
}

async::Task<Result<ApiAnswer>> LineApi::reply(std::string reply_token, std::string messages_json,
                                              async::Cancellation& cancellation) {
  Call call{.path = "/v2/bot/message/reply", .is_sent_once = true};
  JsonWriter(call.body)
      .begin_object()
      .member("replyToken", reply_token)
      .key("messages")
      .raw(messages_json)
      .end_object();
  co_return co_await ask(std::move(call), cancellation);
}

async::Task<Result<ApiAnswer>> LineApi::push(std::string to, std::string messages_json,
                                             std::string retry_key,
                                             async::Cancellation& cancellation) {
  Call call{.path = "/v2/bot/message/push", .retry_key = std::move(retry_key)};
  JsonWriter(call.body)
      .begin_object()
      .member("to", to)
      .key("messages")
      .raw(messages_json)
      .end_object();
  co_return co_await ask(std::move(call), cancellation);
}

async::Task<Result<ApiAnswer>> LineApi::mark_as_read(std::string token,
                                                     async::Cancellation& cancellation) {
  Call call{.path = "/v2/bot/chat/markAsRead"};
  JsonWriter(call.body).begin_object().member("markAsReadToken", token).end_object();
  co_return co_await ask(std::move(call), cancellation);
}

async::Task<Result<ApiAnswer>> LineApi::show_loading(std::string user_id, std::uint32_t seconds,
                                                     async::Cancellation& cancellation) {
  Call call{.path = "/v2/bot/chat/loading/start"};
  JsonWriter(call.body)
      .begin_object()
      .member("chatId", user_id)
      .member("loadingSeconds", std::uint64_t{seconds})
      .end_object();
  co_return co_await ask(std::move(call), cancellation);
}

// Nothing where LINE says that there is none.
async::Task<Result<std::uint64_t>> LineApi::read_number(std::string_view path,
                                                        std::string_view name,
                                                        async::Cancellation& cancellation) {
  const auto answer = co_await ask({.method = "GET", .path = path}, cancellation);
  if (!answer) co_return std::unexpected(answer.error());
  if (!answer->is_success()) co_return std::unexpected(error_of(*answer));
  codec::JsonReader reader;
  const auto json = reader.read(answer->body);
  const auto number = json ? (*json)[name].natural() : std::nullopt;
  if (!number) {
    co_return fail(ErrorCode::kUpstreamFailed, "LINE did not tell.",
                   "LINE's answer to " + std::string(path) + " has no " + std::string(name) + ".");
  }
  co_return *number;
}

async::Task<Result<Quota>> LineApi::read_quota(async::Cancellation& cancellation) {
  const auto terms = co_await ask({.method = "GET", .path = "/v2/bot/message/quota"}, cancellation);
  if (!terms) co_return std::unexpected(terms.error());
  if (!terms->is_success()) co_return std::unexpected(error_of(*terms));
  const auto used =
      co_await read_number("/v2/bot/message/quota/consumption", "totalUsage", cancellation);
  if (!used) co_return std::unexpected(used.error());
  Quota quota{.limit = {}, .used = *used};
  codec::JsonReader reader;
  const auto json = reader.read(terms->body);
  if (json && (*json)["type"].string_or_empty() == "limited")
    quota.limit = (*json)["value"].natural();
  co_return quota;
}

}  // namespace gatehouse::channels::line
