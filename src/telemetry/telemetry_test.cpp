#include <gtest/gtest.h>

#include "gatehouse/telemetry/counters.hpp"
#include "gatehouse/telemetry/log.hpp"
#include "gatehouse/telemetry/redact.hpp"

namespace gatehouse::telemetry {
namespace {

TEST(Redact, MasksCredentialsInsideText) {
  EXPECT_EQ(redact("Authorization: Bearer abcdefgh12345678 end"), "Authorization: [redacted] end");
  EXPECT_EQ(redact("key sk-abcdefghijklmnop1234 used"), "key [redacted] used");
  EXPECT_EQ(redact("at https://user:hunter2@example.com/x"), "at https://[redacted]@example.com/x");
  EXPECT_EQ(redact("token=eyJhbGciOiJIUzI1NiJ9.e30.abc"), "token=[redacted]");
  EXPECT_EQ(redact("the bearer of bad news, a task-force"), "the bearer of bad news, a task-force");
}

TEST(NamesASecret, KnowsFieldNames) {
  EXPECT_TRUE(names_a_secret("session_token"));
  EXPECT_TRUE(names_a_secret("Authorization"));
  EXPECT_FALSE(names_a_secret("prompt_tokens"));
  EXPECT_FALSE(names_a_secret("path"));
}

TEST(Log, WritesOneJsonObjectALine) {
  FakeClock clock;
  auto ring = std::make_shared<LogRing>();
  Log log(clock, Level::kInfo, ring);
  log.debug("HIDDEN", "not written");
  log.info(event::kAuthFailed, "line\nbreak",
           {{"token", "abc"}, {"count", 3}, {"ok", true}, {"bytes", std::string_view("\xFF", 1)}});
  std::string lines;
  EXPECT_EQ(ring->drain(lines), 0U);
  EXPECT_EQ(lines,
            "{\"time\":\"2027-01-15T08:00:00.000Z\",\"level\":\"info\",\"event\":\"AUTH_FAILED\","
            "\"message\":\"line\\nbreak\","
            "\"token\":\"[redacted]\",\"count\":3,\"ok\":true,\"bytes\":\"hex:ff\"}\n");
}

TEST(LogRing, DropsAndCountsWhatDoesNotFit) {
  LogRing ring;
  const std::string line(LogRing::kCapacityBytes / 2, 'x');
  ring.push(line);
  ring.push(line);
  ring.push("short");
  std::string lines;
  EXPECT_EQ(ring.drain(lines), 1U);
  EXPECT_EQ(ring.drain(lines), 0U);
}

TEST(Counters, AreSummedOverWorkers) {
  CounterSet set(2);
  set.of_worker(0).add(Counter::kRequests, 2);
  set.of_worker(1).add(Counter::kRequests);
  EXPECT_EQ(set.sum(Counter::kRequests), 3U);
  EXPECT_EQ(info_of(Counter::kTasksFailed).name, "gatehouse_tasks_failed_total");
}

}  // namespace
}  // namespace gatehouse::telemetry
