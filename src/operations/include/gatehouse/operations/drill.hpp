// The attack drill: what an outsider can do to a running server, tried and told.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"

namespace gatehouse::operations {

struct DrillOptions {
  std::string url;                  // http(s)://host[:port], without a path
  std::vector<std::string> only;    // names of families; empty: all
  std::string api_key;              // for /v1; empty: none
  std::string canary;               // a word of the system prompt that no reply may hold
  std::string authorities_path;     // certificates to trust beside the system's
  std::uint16_t upstream_port = 0;  // where to play a hostile backend on loopback; 0: nowhere
  std::uint32_t patience_s = 45;    // how long a slow client is tried
  bool is_gentle = false;
};

enum class DrillSeverity : std::uint8_t { kLow, kMedium, kHigh, kCritical };
enum class DrillVerdict : std::uint8_t { kHeld, kFailed, kUnclear, kSkipped };
std::string_view name_of(DrillSeverity severity);
std::string_view name_of(DrillVerdict verdict);

struct DrillRow {
  std::string_view family;
  std::string id;
  std::string_view tries;
  DrillSeverity severity = DrillSeverity::kMedium;
  DrillVerdict verdict = DrillVerdict::kSkipped;
  std::string seen;  // at most 60 characters
  std::string_view next_step;
};

struct DrillReport {
  std::string url;
  bool is_gentle = false;
  bool was_banned = false;  // the server shut the drill out: what came later tells little
  std::uint64_t requests = 0;
  std::uint64_t duration_ms = 0;
  std::vector<DrillRow> rows;

  std::size_t count(DrillVerdict verdict) const;
};

// Tells what is being tried, a short line each time.
using DrillProgress = std::function<void(std::string_view line)>;

// The names that `only` may hold, in the order they run.
std::vector<std::string_view> drill_families();
// Blocks until it is done: minutes, or less than one when gentle. Errors: a URL or family that
// can't be used, and a server that can't be reached.
Result<DrillReport> run_drill(const DrillOptions& options, const Clock& clock,
                              const DrillProgress& progress);

// 0: all held, 1: something low or medium failed, 2: something high or critical.
int exit_code_of(const DrillReport& report);
std::string drill_table(const DrillReport& report);
std::string drill_json(const DrillReport& report);

}  // namespace gatehouse::operations
