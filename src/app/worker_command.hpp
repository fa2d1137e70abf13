// `gatehouse worker`: runs jobs beside a server, or beside several, and serves nobody.
#pragma once

#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

// Until a signal ends it: what runs may then end within server.drain_timeout_ms. Returns the exit
// code. After prepare_process().
int run_worker(const settings::Settings& settings);

}  // namespace gatehouse::app
