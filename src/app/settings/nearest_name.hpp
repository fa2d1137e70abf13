// "Did you mean …": the known name that a misspelled one is closest to.
#pragma once

#include <span>
#include <string_view>

namespace gatehouse::settings {

// Empty when none is close.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

}  // namespace gatehouse::settings
