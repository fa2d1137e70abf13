// Where the rules of the guard come from: those in the binary, or a folder of the operator's.
#pragma once

#include <string>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/guard/rule_document.hpp"

namespace gatehouse::app {

// The .toml files of `folder`, of its "message" and of its "reply", named by their path below it
// and sorted. Errors name what can't be read.
Result<std::vector<guard::RuleFile>> read_rule_folder(const std::string& folder);

}  // namespace gatehouse::app
