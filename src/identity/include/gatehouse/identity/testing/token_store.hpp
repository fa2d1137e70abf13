// For tests: a store of refresh families and token keys, with the accounts that it looks at.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gatehouse/identity/refresh_families.hpp"
#include "gatehouse/identity/token_keys.hpp"

namespace gatehouse::identity::testing {

// A store of its own with all that keeps it alive; empty when it is made. Each call waits.
class TokenStoreUnderTest {
 public:
  virtual ~TokenStoreUnderTest() = default;
  virtual RefreshFamilyStore& families() = 0;
  virtual TokenKeyStore& keys() = 0;
  virtual void add_account(const Account& account) = 0;
  // Another password: its epoch rises.
  virtual void change_password(const Account& account) = 0;
  virtual void disable(const Account& account) = 0;
  virtual std::uint64_t epoch_of(const Account& account) = 0;
  // The actions that were recorded for the site `default`, in their order.
  virtual std::vector<std::string> recorded() = 0;
};

using MakeTokenStore = std::function<std::unique_ptr<TokenStoreUnderTest>()>;

inline WallTime at_minute(std::int64_t minute) {
  return WallTime{std::chrono::milliseconds(1'800'000'000'000)} + std::chrono::minutes(minute);
}

inline const Account kAnna{.id = "0199a1b2-0000-7000-8000-00000000000a",
                           .name = "anna",
                           .role = Role::kOperator,
                           .password_hash = "$"};
inline const Account kBen{
    .id = "0199a1b2-0000-7000-8000-00000000000b", .name = "ben", .password_hash = "$"};

inline audit::Event event_named(std::string_view action) {
  return {.at = at_minute(0), .action = std::string(action), .actor = "test"};
}

}  // namespace gatehouse::identity::testing
