// A drill's report as people, programs and shells read it.
#include <algorithm>
#include <set>

#include "columns.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/operations/drill.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::size_t kFamilyWidth = 11;
constexpr std::size_t kAttackWidth = 28;
constexpr std::size_t kVerdictWidth = 9;

std::string counts_line(const DrillReport& report) {
  std::string line;
  for (const auto verdict : {DrillVerdict::kHeld, DrillVerdict::kFailed, DrillVerdict::kUnclear,
                             DrillVerdict::kSkipped}) {
    if (!line.empty()) line += ", ";
    line += std::to_string(report.count(verdict)) + " " + std::string(name_of(verdict));
  }
  return line + "; " + std::to_string(report.requests) + " requests in " +
         std::to_string((report.duration_ms + 999) / 1000) + " s.\n";
}

bool has_failed(const DrillRow& row) { return row.verdict == DrillVerdict::kFailed; }

// Each step once, with what it is for.
std::string next_steps(const DrillReport& report) {
  std::string text;
  std::set<std::string_view> told;
  for (const auto& row : report.rows) {
    if (!has_failed(row) || !told.insert(row.next_step).second) continue;
    text.append("  ").append(name_of(row.severity)).append(", ").append(row.family).append("/");
    text.append(row.id).append(": ").append(row.next_step).append("\n");
  }
  return text.empty() ? text : "\nWhat to do:\n" + text;
}

}  // namespace

std::string_view name_of(DrillSeverity severity) {
  switch (severity) {
    case DrillSeverity::kLow:
      return "low";
    case DrillSeverity::kMedium:
      return "medium";
    case DrillSeverity::kHigh:
      return "high";
    case DrillSeverity::kCritical:
      return "critical";
  }
  return "critical";
}

std::string_view name_of(DrillVerdict verdict) {
  switch (verdict) {
    case DrillVerdict::kHeld:
      return "held";
    case DrillVerdict::kFailed:
      return "failed";
    case DrillVerdict::kUnclear:
      return "unclear";
    case DrillVerdict::kSkipped:
      return "skipped";
  }
  return "unclear";
}

std::size_t DrillReport::count(DrillVerdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(rows, verdict, &DrillRow::verdict));
}

int exit_code_of(const DrillReport& report) {
  int code = 0;
  for (const auto& row : report.rows) {
    if (has_failed(row)) code = std::max(code, row.severity >= DrillSeverity::kHigh ? 2 : 1);
  }
  return code;
}

std::string drill_table(const DrillReport& report) {
  std::string text = "Drill of " + report.url + (report.is_gentle ? ", gentle" : "") + "\n\n";
  for (const auto& row : report.rows) {
    text += padded(row.family, kFamilyWidth) + padded(row.id, kAttackWidth) +
            padded(name_of(row.verdict), kVerdictWidth) + row.seen + "\n";
  }
  if (report.was_banned)
    text +=
        "\nThe server has shut this address out, as it should: what came after that was skipped.\n";
  return text + "\n" + counts_line(report) + next_steps(report);
}

std::string drill_json(const DrillReport& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("url", report.url)
      .member("gentle", report.is_gentle)
      .member("was_banned", report.was_banned)
      .member("requests", report.requests)
      .member("duration_ms", report.duration_ms)
      .member("exit_code", std::int64_t{exit_code_of(report)})
      .key("counts")
      .begin_object();
  for (const auto verdict :
       {DrillVerdict::kHeld, DrillVerdict::kFailed, DrillVerdict::kUnclear, DrillVerdict::kSkipped})
    json.member(name_of(verdict), std::uint64_t{report.count(verdict)});
  json.end_object().key("attacks").begin_array();
  for (const auto& row : report.rows) {
    json.begin_object()
        .member("family", row.family)
        .member("id", row.id)
        .member("tries", row.tries)
        .member("severity", name_of(row.severity))
        .member("verdict", name_of(row.verdict))
        .member("seen", row.seen)
        .member("next_step", has_failed(row) ? row.next_step : std::string_view())
        .end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace gatehouse::operations
