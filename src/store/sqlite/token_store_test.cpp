#include <gtest/gtest.h>

#include <algorithm>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/identity/testing/token_store_contract.hpp"
#include "gatehouse/store/sqlite/accounts.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"
#include "gatehouse/store/sqlite/refresh_families.hpp"
#include "gatehouse/store/sqlite/token_keys.hpp"
#include "recorded_actions.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

using identity::Account;
using identity::testing::event_named;
using identity::testing::kAnna;

class InSqlite final : public identity::testing::TokenStoreUnderTest {
 public:
  RefreshFamilies& families() override { return families_; }
  TokenKeys& keys() override { return keys_; }
  void add_account(const Account& account) override {
    wait([&](async::Worker& home) { return accounts_.add(home, account, elsewhere()); });
  }
  void change_password(const Account& account) override {
    wait([&](async::Worker& home) { return accounts_.set_password(home, account, elsewhere()); });
  }
  void disable(const Account& account) override {
    Account changed = account;
    changed.is_disabled = true;
    wait([&](async::Worker& home) { return accounts_.set_disabled(home, changed, elsewhere()); });
  }
  std::uint64_t epoch_of(const Account& account) override {
    return async::answer_of(
               [&](async::Worker& home) { return accounts_.find(home, "default", account.id); })
        .value()
        ->epoch;
  }
  std::vector<std::string> recorded() override { return recorded_actions(audit_); }

 private:
  static audit::Event elsewhere() {
    audit::Event event = event_named("account.changed");
    event.site = "accounts";
    return event;
  }
  template <typename Start>
  void wait(Start start) {
    const auto done = async::answer_of(start);
    ASSERT_TRUE(done) << done.error().for_log();
  }

  TemporaryStore store_;
  Writer& writer_ = *store_.open.file.writer;
  Readers& readers_ = *store_.open.file.readers;
  Accounts accounts_{writer_, readers_};
  AuditLog audit_{writer_, readers_};
  RefreshFamilies families_{writer_, readers_};
  TokenKeys keys_{writer_};
};

std::unique_ptr<identity::testing::TokenStoreUnderTest> make_in_sqlite() {
  return std::make_unique<InSqlite>();
}

async::Task<void> refresh_once(identity::RefreshFamilies& families, async::Worker& home,
                               std::string token, std::vector<std::string>& answers,
                               std::size_t expected) {
  const auto outcome =
      co_await families.refresh(home, "default", Secret(std::move(token)), {}, event_named(""));
  answers.push_back(outcome.issued ? std::string(outcome.issued->token.reveal())
                                   : outcome.issued.error().log_message);
  if (answers.size() == expected) home.stop();
}

TEST(SqliteRefreshFamilies, OfManyAtTheSameTimeOneRotatesAndAllGetItsAnswer) {
  constexpr std::size_t kClients = 50;
  InSqlite store;
  store.add_account(kAnna);
  const SystemClock clock;
  SecureRandom random;
  identity::LiveFamilies live;
  identity::RefreshFamilies families(store.families(), live,
                                     crypto::Sealer(crypto::SealingKeys::make(random), "x"), clock,
                                     random, {});
  const auto begun = async::answer_of([&](async::Worker& home) {
                       return families.begin(home, kAnna, {}, event_named("sign_in"));
                     }).value();
  std::string token(begun.token.reveal());
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string> answers;
    async::Worker worker(clock, 0);
    async::TaskGroup group(worker, async::rethrow);
    worker.post([&] {
      for (std::size_t i = 0; i < kClients; ++i)
        group.spawn("refresh", refresh_once(families, worker, token, answers, kClients));
    });
    worker.run();
    ASSERT_EQ(answers.size(), kClients);
    EXPECT_EQ(std::ranges::count(answers, answers[0]), static_cast<std::ptrdiff_t>(kClients));
    ASSERT_TRUE(answers[0].starts_with("gr1.")) << answers[0];
    EXPECT_NE(answers[0], token);
    token = answers[0];
  }
  EXPECT_TRUE(live.is_alive(begun.family.id, 1));
  EXPECT_EQ(store.recorded(), std::vector<std::string>{"sign_in"});
}

TEST(SqliteTokens, ChangesOfOthersAreNoticedOnce) {
  const TemporaryStore store;
  OpenStore other(store.folder.file());
  RefreshFamilies families(*store.open.file.writer, *store.open.file.readers);
  TokenKeys keys(*store.open.file.writer);
  const auto have_changed = [&] {
    const auto changed = async::answer_of(
        [&](async::Worker& home) { return families.load_changed(home, "default", false); });
    const auto changed_keys =
        async::answer_of([&](async::Worker& home) { return keys.load_changed(home, "default"); });
    EXPECT_EQ(changed->has_value(), changed_keys->has_value());
    return changed->has_value();
  };
  EXPECT_TRUE(have_changed()) << "the first time";
  EXPECT_FALSE(have_changed());
  Accounts accounts(*other.file.writer, *other.file.readers);
  const auto added = async::answer_of(
      [&](async::Worker& home) { return accounts.add(home, kAnna, event_named("account.added")); });
  ASSERT_TRUE(added);
  EXPECT_TRUE(have_changed());
  EXPECT_FALSE(have_changed());
}

}  // namespace
}  // namespace gatehouse::store::sqlite

namespace gatehouse::identity::testing {

INSTANTIATE_TEST_SUITE_P(InSqlite, TokenStoreContract,
                         ::testing::Values(store::sqlite::make_in_sqlite));

}  // namespace gatehouse::identity::testing
