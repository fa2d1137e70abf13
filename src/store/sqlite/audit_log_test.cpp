#include "gatehouse/store/sqlite/audit_log.hpp"

#include <gtest/gtest.h>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/audit/keeper.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

class Audit : public testing::Test {
 protected:
  void append(std::string detail, const std::string& site = "default") {
    const auto kept = async::answer_of([&](async::Worker& home) {
      return log_.append(home, {.site = site,
                                .at = clock_.wall(),
                                .action = "sign_in",
                                .client = "192.0.2.1",
                                .outcome = audit::Outcome::kRefused,
                                .detail = std::move(detail)});
    });
    ASSERT_TRUE(kept);
  }
  std::vector<audit::StoredRecord> all(const std::string& site = "default") {
    return async::answer_of([&](async::Worker& home) { return log_.read(home, site, 0, 1000); })
        .value();
  }
  std::vector<audit::Checkpoint> checkpoints() {
    return async::answer_of([&](async::Worker& home) { return log_.checkpoints(home, "default"); })
        .value();
  }
  void keep(std::uint32_t days = 30) {
    audit::Keeper keeper(log_, clock_, key_, {.days = days});
    ASSERT_TRUE(
        async::answer_of([&](async::Worker& home) { return keeper.keep(home, "default"); }));
  }
  Result<audit::Proof> proof() {
    audit::Verifier verifier(checkpoints(), key_.public_key());
    for (const auto& each : all()) {
      EXPECT_EQ(audit::digest_of(each.record), each.digest);
      auto added = verifier.add({.sequence = each.record.sequence,
                                 .previous = each.record.previous,
                                 .digest = each.digest});
      if (!added) return std::unexpected(added.error());
    }
    return verifier.finish();
  }

  FakeClock clock_;
  SecureRandom random_;
  const crypto::SigningKey key_ = crypto::SigningKey::make(random_);
  TemporaryStore store_;
  AuditLog log_{*store_.open.file.writer, *store_.open.file.readers};
};

TEST_F(Audit, RecordsComeBackAsTheyWereAndHoldEachOther) {
  for (int i = 0; i < 10; ++i) append("detail " + std::to_string(i));
  append("elsewhere", "other");
  const auto records = all();
  ASSERT_EQ(records.size(), 10U);
  EXPECT_EQ(records[3].record.event.detail, "detail 3");
  EXPECT_EQ(records[3].record.event.outcome, audit::Outcome::kRefused);
  EXPECT_EQ(records[3].record.event.at, clock_.wall());
  EXPECT_EQ(records[4].record.previous, records[3].digest);
  EXPECT_EQ(all("other")[0].record.sequence, 1U) << "each site has a chain of its own";
  EXPECT_EQ(proof()->last, 10U);
}

TEST_F(Audit, LongFieldsAreCutAtACharacter) {
  append(std::string(255, 'a') + "\u00e4\u00e4");
  EXPECT_EQ(all()[0].record.event.detail, std::string(255, 'a'));
}

TEST_F(Audit, OldRecordsGoAndTheRestIsStillProved) {
  for (int day = 0; day < 60; ++day) {
    append("day " + std::to_string(day));
    clock_.advance(std::chrono::hours(24));
    keep();
  }
  const auto records = all();
  ASSERT_EQ(records.size(), 30U);
  EXPECT_EQ(records[0].record.event.detail, "day 30");
  const auto proved = proof();
  ASSERT_TRUE(proved) << proved.error().client_message;
  EXPECT_EQ(proved->first, 31U);
  EXPECT_EQ(checkpoints().front().sequence, 30U) << "one stands for all that went";
}

TEST_F(Audit, TheChainGoesOnWhenAllOfItWasOld) {
  append("old");
  clock_.advance(std::chrono::hours(24 * 100));
  keep();
  EXPECT_TRUE(all().empty());
  append("new");
  EXPECT_EQ(all()[0].record.sequence, 2U);
  EXPECT_TRUE(proof());
}

TEST_F(Audit, NothingGoesWhereRecordsAreKeptForEver) {
  append("old");
  clock_.advance(std::chrono::hours(24 * 4000));
  keep(0);
  EXPECT_EQ(all().size(), 1U);
  EXPECT_EQ(checkpoints().size(), 1U);
}

}  // namespace
}  // namespace gatehouse::store::sqlite
