// Port: which people at which providers are which accounts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/audit/event.hpp"
#include "gatehouse/identity/account.hpp"
#include "gatehouse/identity/account_sessions.hpp"

namespace gatehouse::identity::openid {

// One of its kind on its site: (issuer, subject).
struct Identity {
  static constexpr std::size_t kMostPerAccount = 20;

  std::string id;  // UUIDv7, for lists
  std::string site = "default";
  std::string account_id;
  std::string provider;  // "google"
  std::string issuer;
  std::string subject;
  std::string email;  // as it was when it was used last
  WallTime linked_at;
  WallTime last_used_at;
};

struct FoundIdentity {
  Identity identity;
  Account account;
};

// What a session is remembered by at the provider.
struct SessionOfProvider {
  std::string identity_id;
  std::string email;       // of the identity, from now on; empty: as it was
  std::string session_id;  // `sid`; empty: it has none
};

// A logout token that holds.
struct ProviderLogout {
  std::string site = "default";
  std::string issuer;
  std::string subject;
  std::string session_id;
  std::string token_id;  // good once
  WallTime expires_at;   // of the token: its id is kept until then
  WallTime now;
};
struct LoggedOut {
  std::string account_id;  // empty: nobody's
  std::vector<std::string> sessions;
  std::vector<std::string> families;  // of refresh tokens
};

// Each change is durable when it returns, together with the record of it.
class Identities {
 public:
  virtual ~Identities() = default;

  virtual async::Task<Result<std::optional<FoundIdentity>>> find(async::Worker& home,
                                                                 std::string site,
                                                                 std::string issuer,
                                                                 std::string subject) = 0;
  // Of an account, in the order they were linked.
  virtual async::Task<Result<std::vector<Identity>>> list(async::Worker& home, std::string site,
                                                          std::string account_id) = 0;
  // kConflict where it is linked already, to whomever, or the account has as many as it may.
  // kNotFound without the account.
  virtual async::Task<Result<void>> link(async::Worker& home, Identity identity,
                                         audit::Event event) = 0;
  // A new account with its identity. kConflict where the name or the identity is taken.
  virtual async::Task<Result<void>> add_account(async::Worker& home, Account account,
                                                Identity identity, audit::Event event) = 0;
  // kConflict where nothing would be left to sign in with.
  virtual async::Task<Result<void>> unlink(async::Worker& home, std::string site,
                                           std::string account_id, std::string id,
                                           audit::Event event) = 0;
  // As AccountSessionStore::add(). kNotFound where the identity is gone.
  virtual async::Task<Result<void>> begin_session(async::Worker& home, AccountSession session,
                                                  std::vector<std::string> ended,
                                                  SessionOfProvider from, audit::Event event) = 0;
  // The provider a session began with; nothing where it began with a password.
  virtual async::Task<Result<std::optional<std::string>>> provider_of(async::Worker& home,
                                                                      std::string site,
                                                                      std::string session_id) = 0;
  // Ends the sessions of that `sid`, else of that subject, and the refresh tokens of whose they
  // are. kConflict for a token that was used. The account is written into the event.
  virtual async::Task<Result<LoggedOut>> log_out(async::Worker& home, ProviderLogout logout,
                                                 audit::Event event) = 0;
};

}  // namespace gatehouse::identity::openid
