// `gatehouse explain REQUEST_ID`: why a request was refused or flagged, in words.
#pragma once

#include <string>

#include "gatehouse/settings/commands.hpp"

namespace gatehouse::app {

settings::CommandResult explain(const std::string& data_dir, const std::string& request_id);

}  // namespace gatehouse::app
