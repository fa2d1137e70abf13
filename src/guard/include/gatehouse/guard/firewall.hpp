// A web application firewall: what it is given, what it finds, and what becomes of that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/guard/firewall_request.hpp"
#include "gatehouse/guard/policy.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

struct FirewallHit {
  std::string_view rule;     // "waf.942100": lives as long as the firewall
  std::uint16_t points = 0;  // of anomaly: 5 for what is critical, down to 2
  std::string evidence;      // redacted
};

struct FirewallReport {
  std::vector<FirewallHit> hits;  // one for each rule
  std::string_view unscanned;     // a literal: why not all was looked at; empty: all was
};

// Port: takes its time on a thread of its own, which it bounds; what it had no time for is told as
// unscanned. Never fails. Called on any worker.
class Firewall {
 public:
  static constexpr std::uint16_t kDenyPoints = 5;  // from which on a request counts as an attack

  virtual ~Firewall() = default;
  virtual async::Task<FirewallReport> look_at(async::Worker& home, FirewallRequest request) = 0;
};

// Points of the rules in Policy::observed_rules don't count; an allow if nothing is to be told.
Verdict judge_firewall(const FirewallReport& report, const Policy& policy);

}  // namespace gatehouse::guard
