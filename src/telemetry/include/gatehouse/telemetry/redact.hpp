// What must not be written down.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::telemetry {

// Whether a field of this name holds a credential: token, secret, password, authorization, cookie,
// api_key …
bool names_a_secret(std::string_view field);

// Masks what looks like a credential inside free text: bearer tokens, provider keys, JWTs,
// user:password in URLs.
std::string redact(std::string_view text);

}  // namespace gatehouse::telemetry
