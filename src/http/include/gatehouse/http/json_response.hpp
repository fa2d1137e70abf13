// Small whole answers; never cached.
#pragma once

#include <cstdint>
#include <string_view>

#include "gatehouse/http/message.hpp"

namespace gatehouse::http {

void send_json(ResponseWriter& writer, std::uint16_t status, std::string_view body);
void send_empty(ResponseWriter& writer, std::uint16_t status);

}  // namespace gatehouse::http
