// What stands behind the question mark of a path.
#pragma once

#include <string_view>

namespace gatehouse::codec {

// The value of a query parameter, undecoded; empty if there is none.
std::string_view query_value(std::string_view query, std::string_view name);

}  // namespace gatehouse::codec
