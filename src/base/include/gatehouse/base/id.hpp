// Identifiers. UUIDv7 (RFC 9562 §5.7) sorts by time, which keeps SQLite's indexes compact.
#pragma once

#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/random.hpp"

namespace gatehouse {

// 36 characters, lower case.
std::string make_uuid_v7(WallTime now, Random& random);

// From 16 bytes of one's own, such as a hash (RFC 9562 §5.8).
std::string make_uuid_v8(std::string_view sixteen_bytes);

bool is_uuid(std::string_view text);

}  // namespace gatehouse
