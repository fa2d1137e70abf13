// `gatehouse bans`: the operator looks at bans, makes and lifts them, beside a server that runs.
#pragma once

#include <string>

#include "gatehouse/settings/commands.hpp"

namespace gatehouse::app {

struct BansArguments {
  std::string prefix;  // an address or a network
  std::string reason;
  std::uint32_t minutes = 0;
};

// `data_dir` holds the store. A server that runs takes changes over within 2 seconds.
settings::CommandResult list_bans(const std::string& data_dir);
settings::CommandResult add_ban(const std::string& data_dir, const BansArguments& arguments);
settings::CommandResult remove_ban(const std::string& data_dir, const BansArguments& arguments);

}  // namespace gatehouse::app
