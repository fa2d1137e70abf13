// The providers that people sign in with, for one worker.
#pragma once

#include <memory>
#include <vector>

#include "gatehouse/openid/http_transport.hpp"
#include "house.hpp"

namespace gatehouse::app {

struct OpenIdUnit {
  std::vector<std::unique_ptr<openid::HttpTransport>> transports;
  identity::openid::Providers providers;
};

// As the settings have them. Asks nobody yet. The house and the worker outlive it.
std::unique_ptr<OpenIdUnit> make_openid_unit(House& house, async::Worker& worker,
                                             telemetry::Counters& counters);

}  // namespace gatehouse::app
