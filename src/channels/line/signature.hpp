// How LINE signs its webhooks.
#pragma once

#include <string_view>

#include "gatehouse/base/secret.hpp"

namespace gatehouse::channels::line {

// Whether `signature` is the base64 of the body's HMAC-SHA-256 under the channel's secret. `body`
// is as it came, byte for byte. In constant time, and false without a signature.
bool is_signed(std::string_view body, std::string_view signature, const Secret& channel_secret);

}  // namespace gatehouse::channels::line
