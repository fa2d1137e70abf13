// The table of routes, and the bounds that routes and connections take from the settings.
#pragma once

#include <memory>
#include <vector>

#include "gatehouse/channels/auth/auth_channel.hpp"
#include "gatehouse/channels/jobs/jobs_channel.hpp"
#include "gatehouse/channels/web/web_channel.hpp"
#include "gatehouse/channels/websocket/websocket_channel.hpp"
#include "gatehouse/guard/current_policy.hpp"
#include "gatehouse/guard/pipeline.hpp"
#include "gatehouse/server/limits.hpp"
#include "gatehouse/server/route.hpp"
#include "gatehouse/settings/settings.hpp"
#include "house.hpp"

namespace gatehouse::app {

// What the routes of one worker lead to. The handlers made for them are kept in `handlers`.
struct RoutedParts {
  House& house;
  async::Worker& worker;
  telemetry::Log& log;
  telemetry::Counters& counters;
  guard::Pipeline& guards;
  const guard::CurrentPolicy& policy;
  chat::Responder& responder;
  knowledge::Documents& documents;
  const channels::WebHandlers& web;
  const channels::WebSocketHandlers& websocket;
  const channels::AuthHandlers& auth;
  const channels::JobsHandlers& jobs;
  std::vector<std::unique_ptr<server::Handler>>& handlers;
};

std::vector<server::Route> make_routes(RoutedParts parts);
server::ServerLimits server_limits(const settings::Settings& settings);

}  // namespace gatehouse::app
