// Why a request was refused or flagged, for `gatehouse explain`.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

struct Explanation {
  std::string request_id;
  WallTime at{};
  std::string path;       // empty for what was found in a message
  std::string client;     // its address
  std::string principal;  // "visitor:…"; empty before credentials
  std::string rule;
  std::string action;  // "deny", "throttle", "challenge", "cut" or "flag"
  std::uint16_t score = 0;
  std::string told;      // what the client heard
  std::string evidence;  // redacted
  std::string trail;     // every verdict that was no plain allow
  std::string policy;    // its version
};

// Port: keeps explanations for a while. Never blocks or fails; what there is no room for is
// counted. Safe from any thread.
class Explanations {
 public:
  virtual ~Explanations() = default;
  virtual void add(Explanation explanation) noexcept = 0;
};

// Lets the first few of a minute through for each rule and prefix, so that a flood of one kind
// doesn't push out what happened to everybody else. Fixed memory; lock-free; two that share a place
// share the few. Safe from any thread.
class ExplanationSampler {
 public:
  static constexpr std::uint32_t kPerMinute = 20;

  bool takes(std::string_view rule, const IpPrefix& prefix, TimePoint now) noexcept;
  std::uint64_t passed_over() const { return passed_over_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, 4096> places_{};  // minute << 32 | count
  std::atomic<std::uint64_t> passed_over_ = 0;
};

}  // namespace gatehouse::guard
