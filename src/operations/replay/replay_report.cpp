// A replay's report as people and programs read it.
#include "columns.hpp"
#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/operations/replay.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::size_t kIdWidth = 26;
constexpr std::size_t kTimeWidth = 26;
constexpr std::size_t kStageWidth = 9;
constexpr std::size_t kVerdictsWidth = 15;
constexpr std::size_t kRuleWidth = 36;

std::string_view stage_of(const ReplayChange& change) {
  return change.is_message ? "message" : "request";
}

// The rule that speaks for the stronger of the two verdicts.
const ReplayVerdict& told(const ReplayChange& change) {
  return change.now.action > change.then.action ? change.now : change.then;
}

std::string line_of(const ReplayChange& change) {
  const std::string verdicts =
      std::string(name_of(change.then.action)) + " → " + std::string(name_of(change.now.action));
  constexpr std::size_t kArrowTailBytes = 2;  // the arrow is one column and three bytes
  return padded(change.request_id, kIdWidth) + padded(to_rfc3339(change.at), kTimeWidth) +
         padded(stage_of(change), kStageWidth) +
         padded(verdicts, kVerdictsWidth + kArrowTailBytes) +
         padded(told(change).rule, kRuleWidth) + std::to_string(change.then.score) + " → " +
         std::to_string(change.now.score) + "\n";
}

std::string counts(std::uint64_t then, std::uint64_t now, std::string_view what) {
  return std::to_string(then) + " → " + std::to_string(now) + " " + std::string(what);
}

void append_verdict(JsonWriter& json, std::string_view name, const ReplayVerdict& verdict) {
  json.key(name)
      .begin_object()
      .member("verdict", name_of(verdict.action))
      .member("rule", verdict.rule)
      .member("score", std::uint64_t{verdict.score})
      .end_object();
}

}  // namespace

std::string replay_table(const ReplayReport& report) {
  std::string text;
  if (!report.changes.empty()) {
    text += padded("request", kIdWidth) + padded("when", kTimeWidth) +
            padded("stage", kStageWidth) + padded("verdict", kVerdictsWidth) +
            padded("rule", kRuleWidth) + "score\n";
    for (const auto& change : report.changes) text += line_of(change);
    text += "\n";
  }
  text += std::to_string(report.changes.size()) + " of " +
          std::to_string(report.requests + report.messages) + " would change (" +
          std::to_string(report.requests) + " requests, " + std::to_string(report.messages) +
          " messages): " + counts(report.denied_then, report.denied_now, "refused, ") +
          counts(report.flagged_then, report.flagged_now, "flagged.\n");
  if (report.unreadable > 0) {
    text +=
        std::to_string(report.unreadable) + " can't be opened: they were sealed with other keys.\n";
  }
  return text +
         "Limits, bans, repetition, sessions and the firewall are not replayed. Masked secrets and "
         "personal data may weigh differently.\n";
}

std::string replay_json(const ReplayReport& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("requests", report.requests)
      .member("messages", report.messages)
      .member("unreadable", report.unreadable)
      .member("denied_then", report.denied_then)
      .member("denied_now", report.denied_now)
      .member("flagged_then", report.flagged_then)
      .member("flagged_now", report.flagged_now)
      .key("changes")
      .begin_array();
  for (const auto& change : report.changes) {
    json.begin_object()
        .member("request_id", change.request_id)
        .member("at", to_rfc3339(change.at))
        .member("stage", stage_of(change));
    append_verdict(json, "then", change.then);
    append_verdict(json, "now", change.now);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace gatehouse::operations
