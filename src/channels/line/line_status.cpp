#include "gatehouse/channels/line/line_status.hpp"

namespace gatehouse::channels::line {

std::uint64_t Quota::used_percent() const {
  if (!limit) return 0;
  if (*limit == 0) return 100;
  return used / *limit * 100 + used % *limit * 100 / *limit;
}

std::string StatusReport::trouble() const {
  if (!last_error.empty()) return last_error;
  if (!quota || quota->used_percent() < Quota::kWarnPercent) return {};
  return std::to_string(quota->used) + " of the " + std::to_string(*quota->limit) +
         " messages that may be pushed in this month are used up.";
}

void Status::note_webhook(WallTime now) {
  const std::lock_guard lock(mutex_);
  report_.last_webhook_at = now;
}

void Status::note_success() {
  const std::lock_guard lock(mutex_);
  report_.last_error.clear();
}

void Status::note_error(std::string_view what, WallTime now) {
  const std::lock_guard lock(mutex_);
  report_.last_error = what;
  report_.last_error_at = now;
}

bool Status::note_quota(const Quota& quota) {
  const std::lock_guard lock(mutex_);
  const auto before = report_.quota ? report_.quota->used_percent() : 0;
  report_.quota = quota;
  return before < Quota::kWarnPercent && quota.used_percent() >= Quota::kWarnPercent;
}

StatusReport Status::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

}  // namespace gatehouse::channels::line
