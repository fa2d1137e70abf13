#include <gtest/gtest.h>

#include "gatehouse/identity/testing/account_store_contract.hpp"
#include "gatehouse/store/sqlite/account_sessions.hpp"
#include "gatehouse/store/sqlite/accounts.hpp"
#include "gatehouse/store/sqlite/api_keys.hpp"
#include "gatehouse/store/sqlite/audit_log.hpp"
#include "gatehouse/store/sqlite/second_factors.hpp"
#include "recorded_actions.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

class InSqlite final : public identity::testing::AccountStoreUnderTest {
 public:
  Accounts& accounts() override { return accounts_; }
  AccountSessions& sessions() override { return sessions_; }
  ApiKeys& keys() override { return keys_; }
  SecondFactors& factors() override { return factors_; }
  std::vector<std::string> recorded() override { return recorded_actions(audit_); }

 private:
  TemporaryStore store_;
  Writer& writer_ = *store_.open.file.writer;
  Readers& readers_ = *store_.open.file.readers;
  Accounts accounts_{writer_, readers_};
  AccountSessions sessions_{writer_};
  ApiKeys keys_{writer_};
  SecondFactors factors_{writer_, readers_};
  AuditLog audit_{writer_, readers_};
};

}  // namespace

static std::unique_ptr<identity::testing::AccountStoreUnderTest> make_accounts() {
  return std::make_unique<InSqlite>();
}

}  // namespace gatehouse::store::sqlite

namespace gatehouse::identity::testing {

INSTANTIATE_TEST_SUITE_P(InSqlite, AccountStoreContract,
                         ::testing::Values(store::sqlite::make_accounts));

}  // namespace gatehouse::identity::testing
