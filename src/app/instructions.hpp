// What models are told before each conversation of the site, with a canary planted in it.
#pragma once

#include <string>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

struct Instructions {
  std::string text;              // empty: they are told nothing
  std::vector<Secret> canaries;  // a reply that holds one leaks them
};

// Reads the file of chat.instructions. The canary follows from session.secret, so that it is the
// same on all replicas and after a restart. Errors name the file and say what to do.
Result<Instructions> read_instructions(const settings::Settings& settings);

}  // namespace gatehouse::app
