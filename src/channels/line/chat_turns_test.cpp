#include "chat_turns.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/async/task_group.hpp"
#include "gatehouse/async/testing/stepped_worker.hpp"

namespace gatehouse::channels::line {
namespace {

class ChatTurnsTest : public ::testing::Test {
 protected:
  async::Task<void> enter(std::string chat, std::string name, async::Cancellation& cancellation) {
    const bool is_in = co_await turns_.enter(std::move(chat), cancellation);
    seen_.push_back(name + (is_in ? " in" : " out"));
  }
  void begin(const std::string& chat, const std::string& name) { begin(chat, name, never_); }
  void begin(const std::string& chat, const std::string& name, async::Cancellation& cancellation) {
    tasks_.spawn("enter", enter(chat, name, cancellation));
    worker_.settle();
  }
  void leave(const std::string& chat) {
    turns_.leave(chat);
    worker_.settle();
  }

  async::testing::SteppedWorker worker_;
  ChatTurns turns_{*worker_};
  async::Cancellation never_;
  std::vector<std::string> seen_;
  async::TaskGroup tasks_{*worker_, async::rethrow};
};

TEST_F(ChatTurnsTest, LetsOneInAfterTheOther) {
  for (const auto* name : {"a", "b", "c"}) begin("chat", name);
  begin("other", "d");
  EXPECT_EQ(seen_, (std::vector<std::string>{"a in", "d in"}));
  leave("chat");
  EXPECT_EQ(seen_.back(), "b in");
  leave("chat");
  EXPECT_EQ(seen_.back(), "c in");
  leave("chat");
  leave("other");
  begin("chat", "e");
  EXPECT_EQ(seen_.back(), "e in");
  leave("chat");
}

TEST_F(ChatTurnsTest, TurnsAwayWhomItHasNoRoomFor) {
  begin("chat", "first");
  for (std::size_t i = 0; i < ChatTurns::kMaxWaiting; ++i) begin("chat", "next");
  begin("chat", "last");
  EXPECT_EQ(seen_.back(), "last out");
  for (std::size_t i = 0; i <= ChatTurns::kMaxWaiting; ++i) leave("chat");
}

TEST_F(ChatTurnsTest, ForgetsWhoWasCancelled) {
  async::Cancellation gone;
  begin("chat", "a");
  begin("chat", "b", gone);
  begin("chat", "c");
  gone.cancel();
  worker_.settle();
  EXPECT_EQ(seen_.back(), "b out");
  leave("chat");
  EXPECT_EQ(seen_.back(), "c in");
  leave("chat");
}

}  // namespace
}  // namespace gatehouse::channels::line
