// All that a route may ask, with what is known of each.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "gatehouse/responders/route/deployment.hpp"
#include "gatehouse/responders/route/retry_budget.hpp"
#include "gatehouse/responders/route/route.hpp"

namespace gatehouse::responders {

// One for each responder and model that a rule names, and the budget of the site for trying again.
// Shared by all workers; the list never changes.
class Deployments {
 public:
  Deployments(const Route& route, BreakerSettings breaker, Random& random);

  // `arm` is one of the route.
  Deployment& of(const RouteArm& arm) const;
  RetryBudget& retries() { return retries_; }
  std::vector<DeploymentReport> reports(TimePoint now) const;

 private:
  std::vector<std::unique_ptr<Deployment>> all_;
  RetryBudget retries_;
};

}  // namespace gatehouse::responders
