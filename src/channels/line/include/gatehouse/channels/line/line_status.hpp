// How the LINE channel does, for operators.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::channels::line {

// What LINE lets the bot push in a month, and has counted of it.
struct Quota {
  std::optional<std::uint64_t> limit;  // nothing: there is none
  std::uint64_t used = 0;

  static constexpr std::uint64_t kWarnPercent = 80;
  // Of the limit; 0 where there is none.
  std::uint64_t used_percent() const;
};

struct StatusReport {
  std::optional<WallTime> last_webhook_at;
  std::string last_error;  // in words for operators; empty: the last call of LINE's API went well
  std::optional<WallTime> last_error_at;
  std::optional<Quota> quota;  // nothing: it was not read yet

  // What an operator has to do something about; empty: nothing.
  std::string trouble() const;
};

// One in the process; safe from any thread.
class Status {
 public:
  void note_webhook(WallTime now);
  void note_success();
  void note_error(std::string_view what, WallTime now);
  // True when the share that counts as nearly all is reached by this, and was not before.
  bool note_quota(const Quota& quota);
  StatusReport report() const;

 private:
  mutable std::mutex mutex_;
  StatusReport report_;
};

}  // namespace gatehouse::channels::line
