// The table of routes, and the bounds that routes and connections take from the settings.
#pragma once

#include <vector>

#include "gatehouse/server/limits.hpp"
#include "gatehouse/server/route.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

class WorkerUnit;

std::vector<server::Route> make_routes(WorkerUnit& unit);
server::ServerLimits server_limits(const settings::Settings& settings);

}  // namespace gatehouse::app
