// HTTP's Basic scheme (RFC 7617).
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::codec {

// The value of an Authorization header. Neither may hold a line break, nor `user` a colon.
std::string basic_credentials(std::string_view user, std::string_view password);

}  // namespace gatehouse::codec
