#include "gatehouse/http/problem.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/codec/openai_error.hpp"

namespace gatehouse::http {

std::uint16_t status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kForbidden:
    case ErrorCode::kChallengeRequired:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kMethodNotAllowed:
      return 405;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kGone:
      return 410;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kUnsupportedMedia:
      return 415;
    case ErrorCode::kContentBlocked:
      return 422;
    case ErrorCode::kRateLimited:
      return 429;
    case ErrorCode::kCancelled:
      return 499;
    case ErrorCode::kInternal:
      return 500;
    case ErrorCode::kUpstreamFailed:
      return 502;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kDeadlineExceeded:
      return 408;
    case ErrorCode::kUpstreamTimeout:
      return 504;
  }
  return 500;
}

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

std::string problem_json(const Error& error, std::string_view request_id, std::uint16_t status) {
  if (status == 0) status = status_of(error.code);
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("type", "about:blank")
      .member("title", reason_phrase(status))
      .member("status", std::uint64_t{status})
      .member("code", name_of(error.code))
      .member("detail", error.client_message);
  if (!error.field.empty()) json.member("field", error.field);
  if (error.retry_after_ms > 0)
    json.member("retry_after_s", std::uint64_t{(error.retry_after_ms + 999) / 1000});
  if (!error.challenge_json.empty()) json.key("challenge").raw(error.challenge_json);
  json.member("request_id", request_id).end_object();
  return out;
}

namespace {

ResponseHead head_of(const Error& error, std::string_view content_type) {
  ResponseHead head;
  head.status = status_of(error.code);
  head.headers.add("Content-Type", content_type);
  head.headers.add("Cache-Control", "no-store");
  if (error.retry_after_ms > 0)
    head.headers.add("Retry-After", std::uint64_t{(error.retry_after_ms + 999) / 1000});
  if (error.code == ErrorCode::kUnauthenticated) {
    // RFC 6750 §3.1: whoever brought a token hears that it is the token.
    const bool is_token = error.field == "Authorization" || error.field == "refresh_token";
    head.headers.add("WWW-Authenticate", is_token ? "Bearer error=\"invalid_token\"" : "Bearer");
  }
  return head;
}

}  // namespace

void send_problem(ResponseWriter& writer, const Error& error, std::string_view request_id) {
  writer.send(head_of(error, "application/problem+json"), problem_json(error, request_id));
}

void send_openai_error(ResponseWriter& writer, const Error& error) {
  writer.send(head_of(error, "application/json"), codec::openai_error_json(error));
}

}  // namespace gatehouse::http
