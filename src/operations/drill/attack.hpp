// What an attack is, and the families they come in.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/operations/drill.hpp"
#include "target.hpp"

namespace gatehouse::operations {

// What was made of an answer.
struct Finding {
  DrillVerdict verdict = DrillVerdict::kUnclear;
  std::string seen;
};

inline Finding held(std::string seen) { return {DrillVerdict::kHeld, std::move(seen)}; }
inline Finding failed(std::string seen) { return {DrillVerdict::kFailed, std::move(seen)}; }
inline Finding unclear(std::string seen) { return {DrillVerdict::kUnclear, std::move(seen)}; }
inline Finding skipped(std::string seen) { return {DrillVerdict::kSkipped, std::move(seen)}; }

enum class Pace : std::uint8_t { kGentle, kFull };  // what only a full drill may do

struct Attack {
  std::string id;
  std::string_view tries;
  DrillSeverity severity = DrillSeverity::kMedium;
  Pace pace = Pace::kFull;
  std::string_view next_step;  // what to do when it did not hold
  std::function<Finding(Target&)> run;
};

using Attacks = std::vector<Attack>;

// One function for each family, each in a file of its own.
Attacks header_attacks();
Attacks origin_attacks();
Attacks cors_attacks();
Attacks method_attacks();
Attacks session_attacks();
Attacks token_attacks();
Attacks payload_attacks();
Attacks body_attacks();
Attacks smuggling_attacks();
Attacks prompt_attacks();
Attacks leak_attacks();
Attacks replay_attacks();
Attacks slow_attacks();
Attacks limit_attacks();

}  // namespace gatehouse::operations
