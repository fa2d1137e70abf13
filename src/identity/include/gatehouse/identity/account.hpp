// Accounts: people who are known by name, and what they may do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/principal.hpp"

namespace gatehouse::identity {

// In the order of their rights: each may do what those before it may.
//   member    talks, and looks after what is theirs
//   analyst   reads what the guard did, and counts; changes nothing
//   operator  changes everything
std::string_view name_of(Role role);
std::optional<Role> role_of(std::string_view name);

struct Account {
  std::string id;  // UUIDv7
  std::string site = "default";
  std::string name;  // as read_account_name() gives it; one of its kind on its site
  Role role = Role::kMember;
  std::string password_hash;  // crypto::hash_password(); empty: no password opens it
  bool is_disabled = false;
  WallTime created_at;
  WallTime password_changed_at;
  std::uint64_t epoch = 1;  // rises with all that ends its sessions; access tokens name it
};

// The name of an account: 1 to 64 of a-z 0-9 . _ - + @ after a letter or digit, so that it is safe
// wherever it is shown, logged or made part of a key; an e-mail address is one. Capitals become
// small. The error names the field `name`.
Result<std::string> read_account_name(std::string_view text);

}  // namespace gatehouse::identity
