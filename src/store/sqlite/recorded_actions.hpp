// For tests: what was recorded.
#pragma once

#include <string>
#include <vector>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"

namespace gatehouse::store::sqlite {

// The actions of the site `default`, in their order.
inline std::vector<std::string> recorded_actions(AuditLog& audit) {
  const auto records =
      async::answer_of([&](async::Worker& home) { return audit.read(home, "default", 0, 1000); });
  std::vector<std::string> actions;
  for (const auto& each : records.value()) actions.push_back(each.record.event.action);
  return actions;
}

}  // namespace gatehouse::store::sqlite
