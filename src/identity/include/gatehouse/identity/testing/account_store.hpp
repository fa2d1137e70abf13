// For tests: a store of accounts and of all that hangs on them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/identity/account_sessions.hpp"
#include "gatehouse/identity/accounts.hpp"
#include "gatehouse/identity/api_keys.hpp"
#include "gatehouse/identity/second_factors.hpp"
#include "gatehouse/identity/testing/token_store.hpp"

namespace gatehouse::identity::testing {

// A store of its own with all that keeps it alive; empty when it is made.
class AccountStoreUnderTest {
 public:
  virtual ~AccountStoreUnderTest() = default;
  virtual Accounts& accounts() = 0;
  virtual AccountSessionStore& sessions() = 0;
  virtual ApiKeyStore& keys() = 0;
  virtual SecondFactors& factors() = 0;
  // The actions that were recorded for the site `default`, in their order.
  virtual std::vector<std::string> recorded() = 0;
};

using MakeAccountStore = std::function<std::unique_ptr<AccountStoreUnderTest>()>;

// What `start(Worker&)` answers, once it does.
template <typename Start>
auto now(Start start) {
  return async::answer_of([&](async::Worker& home) { return start(home); });
}

inline crypto::Digest digest_named(std::string_view name) { return crypto::sha256(name); }

}  // namespace gatehouse::identity::testing
