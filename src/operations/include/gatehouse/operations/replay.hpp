// What another policy would make of recorded requests.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/guard/message_guards.hpp"
#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/recordings.hpp"

namespace gatehouse::operations {

struct ReplayVerdict {
  guard::Action action = guard::Action::kAllow;  // allow, flag or deny
  std::string rule;
  std::uint16_t score = 0;
};

struct ReplayChange {
  std::string request_id;
  WallTime at{};
  bool is_message = false;  // else what was decided on the request's head
  ReplayVerdict then;
  ReplayVerdict now;
};

struct ReplayReport {
  std::uint64_t requests = 0;  // recordings of heads
  std::uint64_t messages = 0;  // recordings of messages
  std::uint64_t unreadable = 0;
  std::uint64_t denied_then = 0;
  std::uint64_t denied_now = 0;
  std::uint64_t flagged_then = 0;
  std::uint64_t flagged_now = 0;
  std::vector<ReplayChange> changes;  // those that would be acted on otherwise, in their order
};

// Runs them through the guards of request and message: not through limits, bans, repetition,
// sessions and the firewall, which no recording can tell again. `guards` know no floods.
ReplayReport replay(std::span<const guard::Recording> recordings, const guard::Policy& policy,
                    const guard::MessageGuards& guards);

std::string replay_table(const ReplayReport& report);
std::string replay_json(const ReplayReport& report);

// "90m", "24h", "7d"; nothing for anything else, and for more than a year.
std::optional<Duration> parse_age(std::string_view text);

}  // namespace gatehouse::operations
