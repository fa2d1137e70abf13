#include "gatehouse/codec/openai_error.hpp"

#include "gatehouse/base/json_writer.hpp"

namespace gatehouse::codec {
namespace {

std::string_view type_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthenticated:
      return "authentication_error";
    case ErrorCode::kForbidden:
    case ErrorCode::kChallengeRequired:
      return "permission_error";
    case ErrorCode::kRateLimited:
      return "rate_limit_error";
    case ErrorCode::kInvalid:
    case ErrorCode::kNotFound:
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kConflict:
    case ErrorCode::kGone:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnsupportedMedia:
    case ErrorCode::kContentBlocked:
      return "invalid_request_error";
    default:
      return "server_error";
  }
}

std::string_view code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthenticated:
      return "invalid_api_key";
    case ErrorCode::kRateLimited:
      return "rate_limit_exceeded";
    case ErrorCode::kContentBlocked:
      return "content_filter";
    default:
      return name_of(code);
  }
}

}  // namespace

std::string openai_error_json(const Error& error) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("error").begin_object();
  json.member("message", error.client_message).member("type", type_of(error.code));
  json.key("param");
  if (error.field.empty()) {
    json.null();
  } else {
    json.string(error.field);
  }
  json.member("code", code_of(error.code)).end_object().end_object();
  return out;
}

}  // namespace gatehouse::codec
