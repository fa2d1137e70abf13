#include "gatehouse/store/sqlite/writer.hpp"

#include <SQLiteCpp/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <latch>
#include <semaphore>

#include "gatehouse/async/blocking_pool.hpp"
#include "gatehouse/chat/testing/answer_of.hpp"
#include "gatehouse/store/sqlite/database.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

using chat::testing::all_of;
using chat::testing::answer_of;
using chat::testing::answer_on;
using ::testing::HasSubstr;
using Numbers = Result<std::int64_t>;

class WriterTest : public ::testing::Test {
 protected:
  explicit WriterTest(std::size_t queue_limit = 1024)
      : writer_(open_database(folder_.file()).value(), queue_limit) {
    exec("CREATE TABLE numbers (number INTEGER PRIMARY KEY, filler BLOB)");
  }

  void exec(const std::string& sql) {
    const auto done = writer_.write_and_wait([&](Connection& connection) -> Result<void> {
      connection.exec(sql);
      return {};
    });
    ASSERT_TRUE(done) << done.error().for_log();
  }
  std::int64_t count() {
    return *writer_.write_and_wait([](Connection& connection) -> Numbers {
      return connection.execAndGet("SELECT COUNT(*) FROM numbers").getInt64();
    });
  }
  static auto insert(std::int64_t number, int filler_bytes = 0) {
    return [=](Connection& connection) -> Numbers {
      auto& row = connection.prepared("INSERT INTO numbers VALUES (?1, zeroblob(?2))");
      with_values(row, number, filler_bytes).exec();
      return number;
    };
  }
  // All of these numbers in one transaction: a write before them holds the writer until they wait.
  std::vector<Numbers> insert_together(const std::vector<std::int64_t>& numbers,
                                       int filler_bytes = 0) {
    std::binary_semaphore is_held{0};
    std::binary_semaphore let_go{0};
    async::BlockingPool holder("test-holder", 1, 1);
    holder.submit([&] {
      EXPECT_TRUE(writer_.write_and_wait([&](Connection&) -> Numbers {
        is_held.release();
        let_go.acquire();
        return 0;
      }));
    });
    is_held.acquire();
    return answer_of([&](async::Worker& home) {
      std::vector<async::Task<Numbers>> tasks;
      for (const auto number : numbers) {
        tasks.push_back(writer_.write(home, insert(number, filler_bytes)));
      }
      return all_of(home, std::move(tasks), [&] { let_go.release(); });
    });
  }

  TemporaryFolder folder_;
  Writer writer_;
};

TEST_F(WriterTest, AnswersOnTheHomeWorker) {
  const SystemClock clock;
  async::Worker worker(clock, 0);
  const auto body = [](Writer& writer, async::Worker& home) -> async::Task<bool> {
    auto written = co_await writer.write(home, insert(7));
    co_return written.value() == 7 && home.is_this_thread();
  };
  EXPECT_EQ(answer_on(worker, body(writer_, worker)), true);
  EXPECT_EQ(count(), 1);
}

TEST_F(WriterTest, CommitsTogetherWhatQueuedDuringACommit) {
  const auto before = writer_.counts();
  std::vector<std::int64_t> numbers(500);
  std::ranges::generate(numbers, [n = std::int64_t{0}]() mutable { return ++n; });
  for (const auto& answer : insert_together(numbers)) EXPECT_TRUE(answer);
  const auto after = writer_.counts();
  EXPECT_EQ(after.jobs - before.jobs, 501U);
  EXPECT_EQ(after.commits - before.commits, 2U);  // the one that held it, and all the others
  EXPECT_EQ(count(), 500);
}

TEST_F(WriterTest, UndoesOnlyTheWriteThatFails) {
  exec("INSERT INTO numbers VALUES (2, '')");
  const auto answers = insert_together({1, 2, 3});  // 2 is there already
  EXPECT_TRUE(answers[0]);
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().code, ErrorCode::kInternal);
  EXPECT_THAT(answers[1].error().log_message, HasSubstr(folder_.file()));
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(count(), 3);
  EXPECT_TRUE(writer_.is_healthy());
}

TEST_F(WriterTest, KeepsNothingOfAWriteThatReturnsAnError) {
  const auto refused = writer_.write_and_wait([](Connection& connection) -> Numbers {
    connection.exec("INSERT INTO numbers VALUES (1, '')");
    return fail(ErrorCode::kConflict, "no");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(count(), 0);
}

TEST_F(WriterTest, SurvivesAWriteThatLeavesAQueryHalfRead) {
  for (const std::int64_t number : {1, 2, 3}) {
    ASSERT_TRUE(writer_.write_and_wait([&](Connection& connection) -> Numbers {
      auto inserted = insert(number)(connection);
      connection.prepared("SELECT number FROM numbers").executeStep();
      return inserted;
    }));
  }
  EXPECT_EQ(count(), 3);
}

TEST_F(WriterTest, RefusesWhatTheFileHasNoRoomFor) {
  exec("PRAGMA max_page_count = 16");
  ASSERT_TRUE(writer_.write_and_wait(insert(1)));
  const auto answers = insert_together({2, 3, 4, 5}, 30'000);
  std::int64_t kept = 1;
  for (const auto& answer : answers) {
    if (answer) {
      ++kept;
      continue;
    }
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(answer.error().log_message, HasSubstr("free space"));
    EXPECT_THAT(answer.error().log_message, HasSubstr(folder_.file()));
  }
  EXPECT_LT(kept, 5);
  EXPECT_EQ(writer_.is_healthy(), false);
  EXPECT_THAT(writer_.last_error(), HasSubstr("free space"));
  EXPECT_EQ(count(), kept);

  exec("PRAGMA max_page_count = 10000");
  for (const auto& answer : insert_together({12, 13}, 30'000)) EXPECT_TRUE(answer);
  EXPECT_TRUE(writer_.is_healthy());
  EXPECT_EQ(writer_.last_error(), "");
  EXPECT_EQ(count(), kept + 2);
}

// The process may write no byte behind the present end of the log, so it is the commit that fails.
class FullDisk {
 public:
  explicit FullDisk(const std::string& file) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit small = old_;
    small.rlim_cur = std::filesystem::file_size(file);
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

TEST_F(WriterTest, RefusesEveryWriteOfACommitThatFails) {
  exec("INSERT INTO numbers VALUES (1, '')");
  {
    const FullDisk full_disk(folder_.file("store.db-wal"));
    const auto answers = insert_together({2, 3, 4});
    for (const auto& answer : answers) {
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
      EXPECT_THAT(answer.error().log_message, HasSubstr("disk"));
    }
    EXPECT_FALSE(writer_.is_healthy());
    // A write that changes nothing finds out too that it is not over.
    EXPECT_FALSE(writer_.write_and_wait([](Connection&) -> Numbers { return 0; }));
    EXPECT_FALSE(writer_.is_healthy());
  }
  EXPECT_TRUE(writer_.write_and_wait([](Connection&) -> Numbers { return 0; }));
  EXPECT_TRUE(writer_.is_healthy());
  EXPECT_EQ(count(), 1);
  for (const auto& answer : insert_together({2, 3})) EXPECT_TRUE(answer);
  EXPECT_EQ(count(), 3);
}

class SmallQueueTest : public WriterTest {
 protected:
  SmallQueueTest() : WriterTest(3) {}
};

TEST_F(SmallQueueTest, RefusesWhatItsQueueHasNoRoomFor) {
  const auto answers = insert_together({1, 2, 3, 4, 5, 6});
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const bool has_room = i < 3;
    EXPECT_EQ(answers[i].has_value(), has_room);
    if (!has_room) EXPECT_EQ(answers[i].error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(count(), 3);
  EXPECT_TRUE(writer_.is_healthy());
}

TEST_F(WriterTest, CommitsFarLessOftenThanTwoWorkersWrite) {
  constexpr int kWorkers = 2;
  constexpr int kWrites = 200;
  const auto before = writer_.counts();
  std::latch started(kWorkers);
  {
    async::BlockingPool threads("test-workers", kWorkers, kWorkers);
    for (int w = 0; w < kWorkers; ++w) {
      threads.submit([this, w, &started] {
        started.arrive_and_wait();
        const auto answers = answer_of([&](async::Worker& home) {
          std::vector<async::Task<Numbers>> tasks;
          for (int i = 0; i < kWrites; ++i) {
            tasks.push_back(writer_.write(home, insert(w * kWrites + i)));
          }
          return all_of(home, std::move(tasks), [] {});
        });
        for (const auto& answer : answers) EXPECT_TRUE(answer);
      });
    }
  }
  const auto after = writer_.counts();
  EXPECT_EQ(count(), kWorkers * kWrites);
  EXPECT_EQ(after.jobs - before.jobs, std::uint64_t{kWorkers * kWrites});
  EXPECT_LT(after.commits - before.commits, std::uint64_t{kWorkers * kWrites / 10});
}

}  // namespace
}  // namespace gatehouse::store::sqlite
