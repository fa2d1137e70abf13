#include "gatehouse/responders/route/deployments.hpp"

#include <algorithm>

namespace gatehouse::responders {

Deployments::Deployments(const Route& route, BreakerSettings breaker, Random& random) {
  for (const RouteRule& rule : route.rules()) {
    for (const auto& step : rule.steps) {
      for (const RouteArm& arm : step) {
        const bool is_known = std::ranges::any_of(all_, [&](const auto& known) {
          return known->responder() == arm.responder && known->model() == arm.model;
        });
        if (!is_known)
          all_.push_back(std::make_unique<Deployment>(arm.responder, arm.model, random, breaker));
      }
    }
  }
}

Deployment& Deployments::of(const RouteArm& arm) const {
  return **std::ranges::find_if(all_, [&](const auto& each) {
    return each->responder() == arm.responder && each->model() == arm.model;
  });
}

std::vector<DeploymentReport> Deployments::reports(TimePoint now) const {
  std::vector<DeploymentReport> reports;
  for (const auto& each : all_) reports.push_back(each->report(now));
  return reports;
}

}  // namespace gatehouse::responders
