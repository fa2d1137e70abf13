// What can go wrong, said once for three readers: the program (code), the operator (log_message)
// and the client (client_message). One function per protocol turns it into a status.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse {

// Neutral to the protocol. A new code needs a row in http/problem.cpp and codec/openai_error.cpp.
enum class ErrorCode : std::uint8_t {
  kInvalid,            // what was sent breaks a rule; `field` says where
  kUnauthenticated,    // no valid credential
  kForbidden,          // known, but not allowed
  kChallengeRequired,  // work is to be done first; challenge_json says which
  kNotFound,           // no such thing, or not the caller's
  kMethodNotAllowed,   // the path exists, the method does not
  kConflict,           // the state changed or is busy
  kGone,               // it was there and has expired
  kTooLarge,           // a body, header block or text over its limit
  kUnsupportedMedia,   // content type or encoding not accepted
  kRateLimited,        // too many; retry_after_ms says when
  kCancelled,          // the caller left or stopped it
  kDeadlineExceeded,   // it took too long
  kUnavailable,        // a part of the house is away or full; retrying may help
  kUpstreamFailed,     // the responder's backend answered wrongly
  kUpstreamTimeout,    // the responder's backend did not answer in time
  kContentBlocked,     // a guard stopped the reply
  kInternal,           // a bug or a broken machine
};

std::string_view name_of(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string client_message;        // plain words with the next step; never an inside
  std::string log_message = {};      // detail for the operator; empty: client_message serves
  std::string field = {};            // the member or header at fault, if one is
  std::uint32_t retry_after_ms = 0;  // 0: unknown
  std::string challenge_json = {};   // for kChallengeRequired: a JSON object

  std::string_view for_log() const { return log_message.empty() ? client_message : log_message; }
};

template <typename T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string client_message,
                                   std::string log_message = {}) {
  return std::unexpected(Error{.code = code,
                               .client_message = std::move(client_message),
                               .log_message = std::move(log_message)});
}

inline std::unexpected<Error> fail_field(std::string field, std::string client_message) {
  return std::unexpected(Error{.code = ErrorCode::kInvalid,
                               .client_message = std::move(client_message),
                               .log_message = {},
                               .field = std::move(field)});
}

}  // namespace gatehouse
