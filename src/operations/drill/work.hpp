// The proof of work that a server asks for, done as a browser would.
#pragma once

#include <optional>
#include <string>

#include "answer.hpp"

namespace gatehouse::operations {

// The value of X-Gatehouse-Challenge for the challenge in a refusal. Nothing: it asks for no work,
// or for more than half a minute of it. Blocks.
std::optional<std::string> solve_work(const Answer& answer);

}  // namespace gatehouse::operations
