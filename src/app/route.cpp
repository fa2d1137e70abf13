// Who answers what, and how those do who may.
#include "house.hpp"

namespace gatehouse::app {

Result<void> open_route(House& house) {
  const auto names = house.settings.responders();
  std::vector<std::string> rules = house.settings.route.rules;
  if (rules.empty()) rules.emplace_back(names.front());
  auto route = responders::Route::read(rules, names);
  if (!route) return std::unexpected(route.error());
  house.route = std::move(*route);
  const responders::BreakerSettings breaker{.failures_in_a_row = house.settings.route.failures_max};
  house.deployments = std::make_unique<responders::Deployments>(house.route, breaker, house.random);
  return {};
}

std::vector<server::ResponderHealth> responder_health(const House& house) {
  using enum responders::Breaker::State;
  std::vector<server::ResponderHealth> all;
  for (auto& report : house.deployments->reports(house.clock.now())) {
    server::ResponderHealth health{.name = report.responder, .state = "configured"};
    if (!report.model.empty()) health.name += "/" + report.model;
    if (report.answered > 0) health.state = "healthy";
    if (!report.last_error.empty()) health.state = "failing";
    if (report.state != kClosed) health.state = report.state == kOpen ? "paused" : "trying again";
    health.last_error = std::move(report.last_error);
    all.push_back(std::move(health));
  }
  return all;
}

}  // namespace gatehouse::app
