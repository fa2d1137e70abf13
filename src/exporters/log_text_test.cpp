#include "log_text.hpp"

#include <gtest/gtest.h>

namespace gatehouse::exporters {
namespace {

TEST(LogText, IsForPeople) {
  EXPECT_EQ(to_log_text(R"({"time":"2026-01-31T23:59:59.123Z","level":"info","event":"START",)"
                        R"("message":"Listening.","address":"127.0.0.1:8080","workers":2,)"
                        R"("note":"two words","empty":"","is_tls":false})"
                        "\n"),
            "23:59:59.123 INFO    Listening.  event=START address=127.0.0.1:8080 workers=2 "
            "note=\"two words\" empty=\"\" is_tls=false\n");
}

TEST(LogText, KeepsTerminalsSafe) {
  EXPECT_EQ(to_log_text("{\"message\":\"a\\u001b[2Jb\\nc\\u009b\"}\n"),
            "         a\\x1b[2Jb\\x0ac\\xc29b\n");
}

TEST(LogText, LeavesWhatIsNoObjectAsItIs) {
  EXPECT_EQ(to_log_text("plain\x1B\n[1]\n\nno line break"), "plain\\x1b\n[1]\n\nno line break\n");
  EXPECT_EQ(to_log_text(""), "");
}

}  // namespace
}  // namespace gatehouse::exporters
