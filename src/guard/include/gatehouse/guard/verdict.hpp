// What a guard says, and what the pipeline did with it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"

namespace gatehouse::guard {

enum class Action : std::uint8_t { kAllow, kFlag, kUnscanned, kChallenge, kThrottle, kDeny };
std::string_view name_of(Action action);

// The answer of one guard. An allow is all zeros and touches no memory.
struct Verdict {
  Action action = Action::kAllow;
  ErrorCode code = ErrorCode::kForbidden;  // how the client hears of it, unless allowed
  std::uint16_t score = 0;                 // 0 to 1000; flags add up
  std::string_view rule;                   // a literal: stable, for operators
  std::string_view reason;  // a literal: plain words for the client, no inside of the rule
  std::string_view field;   // a literal: the member or header at fault
  std::string evidence;     // for operators, redacted; empty on an allow
  std::uint32_t retry_after_s = 0;
  std::string challenge_json = {};  // with kChallenge: the work to be done

  bool ends_the_run() const { return action >= Action::kChallenge; }
  Error as_error() const;
};

// The verdicts on one request that were not plain allows: what explains it later. Bounded; the rest
// is counted.
class Trail {
 public:
  void add(const Verdict& verdict);
  std::uint16_t score() const { return score_; }
  bool is_empty() const { return count_ == 0; }
  std::string_view worst_rule() const;  // of those that are kept; empty if there is none
  std::string to_string() const;        // "origin.unknown=deny(1000)", comma separated

 private:
  struct Entry {
    std::string_view rule;
    Action action = Action::kAllow;
    std::uint16_t score = 0;
  };
  static constexpr std::size_t kEntries = 8;
  std::array<Entry, kEntries> entries_;
  std::size_t count_ = 0;
  std::uint16_t score_ = 0;
};

}  // namespace gatehouse::guard
