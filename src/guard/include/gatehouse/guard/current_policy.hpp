// The policy in force, in the one place where a reload replaces it.
#pragma once

#include <memory>
#include <utility>

#include "gatehouse/guard/policy.hpp"

namespace gatehouse::guard {

// A handle: all copies see what one of them is given. One set of copies per worker, on its thread
// only. What get() names is good until the caller waits.
class CurrentPolicy {
 public:
  CurrentPolicy(Policy policy = {})  // NOLINT(google-explicit-constructor): a policy is one
      : CurrentPolicy(std::make_shared<const Policy>(std::move(policy))) {}
  explicit CurrentPolicy(std::shared_ptr<const Policy> policy)
      : shared_(std::make_shared<std::shared_ptr<const Policy>>(std::move(policy))) {}

  const Policy& get() const { return **shared_; }
  // Not null.
  void replace(std::shared_ptr<const Policy> policy) { *shared_ = std::move(policy); }

 private:
  std::shared_ptr<std::shared_ptr<const Policy>> shared_;
};

}  // namespace gatehouse::guard
