#include "gatehouse/store/sqlite/jobs.hpp"

#include <gtest/gtest.h>

#include "gatehouse/jobs/testing/job_store_history.hpp"
#include "temporary_store.hpp"

namespace gatehouse::jobs::testing {
namespace {

class SqliteJobs final : public JobStoreUnderTest {
 public:
  JobStore& port() override { return jobs_; }

 private:
  SecureRandom random_;
  store::sqlite::TemporaryStore store_;
  store::sqlite::Jobs jobs_{*store_.open.file.writer, *store_.open.file.readers, random_};
};

const MakeJobStore kMakeSqlite = [] { return std::make_unique<SqliteJobs>(); };

INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreContract, ::testing::Values(kMakeSqlite));
INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreHistory, ::testing::Values(kMakeSqlite));

}  // namespace
}  // namespace gatehouse::jobs::testing

namespace gatehouse::store::sqlite {
namespace {

constexpr WallTime kNow{std::chrono::milliseconds(1'800'000'000'000)};

std::vector<jobs::Job> claim_all(jobs::JobStore& store) {
  return async::answer_of([&](async::Worker& home) {
           return store.claim(
               home, {.rooms = {{.queue = "ai", .jobs = 9}}, .kinds = {"any"}, .now = kNow});
         })
      ->jobs;
}

TEST(Jobs, AreSharedByProcessesThatOpenOneFile) {
  TemporaryFolder folder;
  SecureRandom random;
  OpenStore here(folder.file());
  OpenStore there(folder.file());
  Jobs ours(*here.file.writer, *here.file.readers, random);
  Jobs theirs(*there.file.writer, *there.file.readers, random);
  ASSERT_TRUE(async::answer_of([&](async::Worker& home) {
    return ours.enqueue(home, {{.queue = "ai", .kind = "any"}}, kNow);
  }));
  EXPECT_EQ(claim_all(theirs).size(), 1U);
  EXPECT_TRUE(claim_all(ours).empty());
}

TEST(Jobs, WhatIsDoneKeepsNothingThatSomebodyWrote) {
  TemporaryStore store;
  SecureRandom random;
  Jobs jobs(*store.open.file.writer, *store.open.file.readers, random);
  const auto payloads = [&] {
    return store.open.file.writer
        ->write_and_wait([](Connection& connection) -> Result<int> {
          return connection.execAndGet("SELECT COUNT(*) FROM job_payloads").getInt();
        })
        .value();
  };
  const jobs::NewJob hello{.queue = "ai", .kind = "any", .payload = "hello"};
  ASSERT_TRUE(async::answer_of(
      [&](async::Worker& home) { return jobs.enqueue(home, {hello, hello, hello}, kNow); }));
  const auto claimed = claim_all(jobs);
  ASSERT_EQ(claimed.size(), 3U);
  EXPECT_EQ(payloads(), 3);
  const auto holding = [&](std::size_t i) {
    return jobs::Holding{.id = claimed[i].id, .fence = claimed[i].fence};
  };
  ASSERT_TRUE(async::answer_of(
      [&](async::Worker& home) { return jobs.complete(home, holding(0), "", kNow); }));
  EXPECT_EQ(payloads(), 2);
  ASSERT_TRUE(async::answer_of([&](async::Worker& home) {
    return jobs.fail(home, holding(1), {.reason = "no", .retry_at = {}}, kNow);
  }));
  EXPECT_EQ(payloads(), 2) << "a dead one may be tried again";
}

}  // namespace
}  // namespace gatehouse::store::sqlite
