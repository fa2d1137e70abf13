// Errors as HTTP says them: RFC 9457 problem details, and the form of OpenAI's clients.
#pragma once

#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/http/message.hpp"

namespace gatehouse::http {

std::uint16_t status_of(ErrorCode code);
// `status`: where it is not the one of the error's code.
std::string problem_json(const Error& error, std::string_view request_id, std::uint16_t status = 0);
// A whole problem response, with Retry-After where the error knows it.
void send_problem(ResponseWriter& writer, const Error& error, std::string_view request_id);
// The same in the form of /v1.
void send_openai_error(ResponseWriter& writer, const Error& error);

}  // namespace gatehouse::http
