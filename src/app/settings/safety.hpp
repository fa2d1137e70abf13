// What single values can't tell: combinations that don't work, and those that are not safe.
#pragma once

#include <string_view>

#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

// Adds to loaded.problems. What production refuses is fatal there and a warning in development.
void check_safety(Loaded& loaded, const Files& files);

// Whether a secret is one that stands in examples, or plainly not random.
bool is_well_known_secret(std::string_view secret);

}  // namespace gatehouse::settings
