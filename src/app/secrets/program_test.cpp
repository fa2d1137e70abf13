#include "program.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "gatehouse/base/text.hpp"

namespace gatehouse::secrets {
namespace {

constexpr ProgramLimits kHurried{.patience = std::chrono::milliseconds(300)};

class Program : public testing::Test {
 protected:
  Result<Secret> shell(const std::string& script, const ProgramLimits& limits = {}) {
    return output_of({"sh", "-c", script}, {"PATH=/usr/bin:/bin", "SEEN=yes"}, clock_, limits);
  }
  std::string error_of(const Result<Secret>& result) {
    return result ? "no error" : result.error().client_message;
  }
  const SystemClock clock_;
};

TEST_F(Program, GivesItsOutputWithoutOneLineBreakAtTheEnd) {
  EXPECT_EQ(shell("printf 'a b\\n'")->reveal(), "a b");
  EXPECT_EQ(shell("printf 'a\\n\\n'")->reveal(), "a\n");
  EXPECT_EQ(shell("printf 'a\\r\\n'")->reveal(), "a");
  EXPECT_EQ(shell("printf ' a'")->reveal(), " a");
  EXPECT_EQ(shell("true")->reveal(), "");
}

TEST_F(Program, GetsItsArgumentsAsTheyAre) {
  const auto printed = output_of({"printf", "%s|", "a b", "$HOME", "*"}, {}, clock_);
  EXPECT_EQ(printed->reveal(), "a b|$HOME|*|");
}

TEST_F(Program, SeesTheEnvironmentItIsGivenAndNoInput) {
  ASSERT_EQ(setenv("GATEHOUSE_PROGRAM_TEST", "leaked", 1), 0);
  EXPECT_EQ(shell("echo $SEEN$GATEHOUSE_PROGRAM_TEST; cat")->reveal(), "yes");
}

TEST_F(Program, ThatFailsIsToldByItsExitAndNotByWhatItSaid) {
  EXPECT_EQ(error_of(shell("echo secret; echo why >&2; exit 3")), "it exited with 3.");
  EXPECT_EQ(error_of(shell("kill -TERM $$")), "it ended by signal 15.");
  EXPECT_EQ(error_of(output_of({"/nowhere/to/be/found"}, {}, clock_)),
            "it can't be started: No such file or directory.");
}

TEST_F(Program, IsStoppedWhenItTakesTooLongOrPrintsTooMuch) {
  EXPECT_EQ(error_of(shell("sleep 60", kHurried)), "it took too long and was stopped.");
  EXPECT_EQ(error_of(shell("exec >&-; sleep 60", kHurried)), "it took too long and was stopped.");
  EXPECT_EQ(error_of(shell("yes")), "it printed more than 65536 bytes.");
  EXPECT_EQ(shell("head -c 65536 /dev/zero | tr '\\0' a")->size(), 65536U);
}

TEST_F(Program, LeavesNothingRunningBehindIt) {
  const auto printed = shell("sleep 60 >/dev/null & echo $!");
  ASSERT_TRUE(printed);
  const auto id = parse_u64(printed->reveal());
  ASSERT_TRUE(id);
  // It is killed; that its parent of now reaps it too, may take a moment.
  for (int i = 0; i < 1000 && kill(static_cast<pid_t>(*id), 0) == 0; ++i) {
    if (shell("grep -q '^State:.Z' /proc/" + std::to_string(*id) + "/status")) return;
  }
  EXPECT_NE(kill(static_cast<pid_t>(*id), 0), 0);
}

}  // namespace
}  // namespace gatehouse::secrets
