// The output of a program, for secrets that one prints.
#pragma once

#include <string>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/secret.hpp"

namespace gatehouse::secrets {

struct ProgramLimits {
  Duration patience = std::chrono::seconds(10);
  std::size_t output_bytes = 64 * 1024;
};

// Runs `arguments` (the program first, looked for in PATH) in a process group of its own and takes
// what it prints, without one line break at the end. Nothing of it outlives the call. What it says
// on its standard error goes nowhere. Blocks.
Result<Secret> output_of(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment, const Clock& clock,
                         const ProgramLimits& limits = {});

}  // namespace gatehouse::secrets
