// Port: the accounts of a site, and the links that open one once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/audit/event.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "gatehouse/identity/account.hpp"

namespace gatehouse::identity {

// What a link that works once is for.
enum class LinkPurpose : std::uint8_t {
  kFirstOperator,  // makes the account that looks after all others; names itself
  kPassword,       // sets the password of an account: a new one's first, or another
};

struct Link {
  crypto::Digest token_hash;  // SHA-256 of the token that stands in the link
  std::string site = "default";
  LinkPurpose purpose = LinkPurpose::kPassword;
  std::string account_id;  // empty for kFirstOperator
  WallTime expires_at;
};

// What is written when a link is used.
struct LinkUse {
  std::string site = "default";
  crypto::Digest token_hash;
  std::string password_hash;
  std::optional<Account> new_account;  // for kFirstOperator, with the same password
  WallTime now;
};

// Each change is durable when it returns, together with the record of it. Names are compared as
// read_account_name() gives them.
class Accounts {
 public:
  virtual ~Accounts() = default;

  virtual async::Task<Result<std::optional<Account>>> find_by_name(async::Worker& home,
                                                                   std::string site,
                                                                   std::string name) = 0;
  virtual async::Task<Result<std::optional<Account>>> find(async::Worker& home, std::string site,
                                                           std::string id) = 0;
  // By name.
  virtual async::Task<Result<std::vector<Account>>> list(async::Worker& home, std::string site) = 0;
  // kConflict where the name is taken.
  virtual async::Task<Result<void>> add(async::Worker& home, Account account,
                                        audit::Event event) = 0;
  // These write what their names say of `changed`, which ends all sessions of the account, since
  // what they prove has changed. kNotFound without it.
  virtual async::Task<Result<void>> set_password(async::Worker& home, Account changed,
                                                 audit::Event event) = 0;
  virtual async::Task<Result<void>> set_disabled(async::Worker& home, Account changed,
                                                 audit::Event event) = 0;
  virtual async::Task<Result<void>> set_role(async::Worker& home, Account changed,
                                             audit::Event event) = 0;

  // Removes the account with its sessions, keys, second factor and links. kConflict for the only
  // operator who can sign in.
  virtual async::Task<Result<void>> erase(async::Worker& home, Account account,
                                          audit::Event event) = 0;

  // The link for a purpose and account replaces the one before.
  virtual async::Task<Result<void>> add_link(async::Worker& home, Link link,
                                             audit::Event event) = 0;
  // Nothing for one that is unknown, used or expired.
  virtual async::Task<Result<std::optional<Link>>> find_link(async::Worker& home, std::string site,
                                                             crypto::Digest token_hash,
                                                             WallTime now) = 0;
  // Of several at the same time one succeeds: the others, and links that are gone, get kGone. All
  // sessions of the account end. Returns the account as it is afterwards.
  virtual async::Task<Result<Account>> use_link(async::Worker& home, LinkUse use,
                                                audit::Event event) = 0;
};

}  // namespace gatehouse::identity
