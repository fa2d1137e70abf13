#include "gatehouse/operations/replay.hpp"

#include <gtest/gtest.h>

namespace gatehouse::operations {
namespace {

using guard::Action;
using guard::Recording;

guard::MessageGuards guards_without_rules() { return guard::make_message_guards({}).value(); }

Recording said(std::string id, std::string text, Action action = Action::kAllow) {
  return {.request_id = std::move(id),
          .messages = {{.text = std::move(text)}},
          .action = action,
          .rule = action == Action::kAllow ? "" : "text.too_long",
          .score = 0};
}

Recording asked(std::string id, std::string host) {
  guard::RecordedHead head{.method = "GET", .path = "/api/v1/conversations"};
  head.host = std::move(host);
  return {.request_id = std::move(id), .head = std::move(head)};
}

TEST(Replay, TellsWhatAnotherPolicyWouldDoOtherwise) {
  guard::Policy policy;
  policy.hosts = {"chat.example"};
  policy.message_max_characters = 10;
  const std::vector<Recording> recordings = {
      asked("same", "chat.example"), asked("tighter", "old.example"), said("short", "hello"),
      said("tightened", "hello, who is there?"), said("loosened", "hello", Action::kDeny)};
  const auto report = replay(recordings, policy, guards_without_rules());
  EXPECT_EQ(report.requests, 2U);
  EXPECT_EQ(report.messages, 3U);
  EXPECT_EQ(report.denied_then, 1U);
  EXPECT_EQ(report.denied_now, 2U);
  ASSERT_EQ(report.changes.size(), 3U);
  EXPECT_EQ(report.changes[0].request_id, "tighter");
  EXPECT_FALSE(report.changes[0].is_message);
  EXPECT_EQ(report.changes[0].now.rule, "host.unknown");
  EXPECT_EQ(report.changes[1].request_id, "tightened");
  EXPECT_EQ(report.changes[1].now.action, Action::kDeny);
  EXPECT_EQ(report.changes[1].now.rule, "text.too_long");
  EXPECT_EQ(report.changes[2].request_id, "loosened");
  EXPECT_EQ(report.changes[2].then.action, Action::kDeny);
  EXPECT_EQ(report.changes[2].now.action, Action::kAllow);
}

TEST(Replay, HasATableAndJsonWithTheSameChanges) {
  guard::Policy policy;
  policy.message_max_characters = 3;
  const std::vector<Recording> recordings = {said("r-1", "hello")};
  auto report = replay(recordings, policy, guards_without_rules());
  report.unreadable = 2;
  const auto table = replay_table(report);
  EXPECT_NE(table.find("r-1 "), std::string::npos) << table;
  EXPECT_NE(table.find("allow → deny"), std::string::npos) << table;
  EXPECT_NE(table.find("1 of 1 would change"), std::string::npos) << table;
  EXPECT_NE(table.find("2 can't be opened"), std::string::npos) << table;
  EXPECT_NE(table.find("Limits, bans"), std::string::npos) << table;
  EXPECT_EQ(replay_json(report),
            R"({"requests":0,"messages":1,"unreadable":2,"denied_then":0,"denied_now":1,)"
            R"("flagged_then":0,"flagged_now":0,"changes":[{"request_id":"r-1",)"
            R"("at":"1970-01-01T00:00:00.000Z","stage":"message",)"
            R"("then":{"verdict":"allow","rule":"","score":0},)"
            R"("now":{"verdict":"deny","rule":"text.too_long","score":50}}]})");
}

TEST(ParseAge, TakesMinutesHoursAndDays) {
  EXPECT_EQ(parse_age("90m"), std::chrono::minutes(90));
  EXPECT_EQ(parse_age("24h"), std::chrono::hours(24));
  EXPECT_EQ(parse_age("7d"), std::chrono::days(7));
  for (const std::string_view text : {"", "h", "24", "0h", "-1h", "1w", "1.5h", "367d", "9999999h"})
    EXPECT_FALSE(parse_age(text)) << text;
}

}  // namespace
}  // namespace gatehouse::operations
