// The rules of the guard, compiled: those in the binary, or a folder of the operator's.
#pragma once

#include <memory>
#include <string>

#include "gatehouse/guard/message_rules.hpp"

namespace gatehouse::app {

// `folder`: the setting guard.rules; empty for those in the binary. Errors name file and line.
// Takes a second or two for rules that are not in the binary: not for a worker's thread.
Result<std::shared_ptr<const guard::MessageRules>> load_message_rules(const std::string& folder);

}  // namespace gatehouse::app
