// From the values of the table to the struct that the wiring reads.
#pragma once

#include <vector>

#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

// `entries` has one entry for each row of the table, in its order.
Settings fill(const std::vector<Entry>& entries);

// For the test that no row is forgotten: the built rows that fill() does not read.
std::vector<std::string_view> keys_not_filled(const std::vector<Entry>& entries);

}  // namespace gatehouse::settings
