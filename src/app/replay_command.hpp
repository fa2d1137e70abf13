// gatehouse replay
#pragma once

#include <cstdint>
#include <string>

#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/load.hpp"

namespace gatehouse::app {

struct ReplayArguments {
  std::string since = "24h";
  std::uint32_t limit = 1000;
  bool prints_json = false;
};

// What the loaded configuration would make of what was recorded in its data folder.
settings::CommandResult replay(const settings::Loaded& loaded, const ReplayArguments& arguments);

}  // namespace gatehouse::app
