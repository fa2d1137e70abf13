// Errors as OpenAI's clients expect them.
#pragma once

#include <string>

#include "gatehouse/base/error.hpp"

namespace gatehouse::codec {

// {"error":{"message","type","param","code"}}: all four members, as the clients require.
std::string openai_error_json(const Error& error);

}  // namespace gatehouse::codec
