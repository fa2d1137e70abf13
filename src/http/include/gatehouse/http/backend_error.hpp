// What a backend says when it doesn't answer.
#pragma once

#include <cstdint>
#include <string_view>

#include "gatehouse/base/error.hpp"
#include "gatehouse/http/client.hpp"

namespace gatehouse::http {

// The error in a body, in any of the forms seen: an object with or without message, a string,
// `true`, a vendor's envelope, or something that is no JSON at all. Web pages never get through.
Error read_backend_error(std::uint16_t status, std::string_view body, std::string_view retry_after);

// Of a response that is no answer; reads its body.
async::Task<Error> read_backend_failure(ClientResponse& response, async::Cancellation& cancellation,
                                        Deadline deadline);

// A stream that ended before its answer did.
std::unexpected<Error> answer_broke_off();
// What came instead of an answer; `detail` is for the operator.
std::unexpected<Error> not_an_answer(std::string detail);

}  // namespace gatehouse::http
