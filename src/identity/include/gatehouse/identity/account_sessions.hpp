// The sessions of people who have signed in.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/audit/event.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "gatehouse/identity/account.hpp"
#include "gatehouse/identity/visitor_sessions.hpp"

namespace gatehouse::identity {

// As it is kept: of the token its hash alone, which opens nothing.
struct AccountSession {
  std::string id;             // UUIDv7, for lists; gives no rights
  crypto::Digest token_hash;  // SHA-256 of the token
  std::string site = "default";
  std::string account_id;
  std::string account_name;
  Role role = Role::kMember;
  WallTime created_at;
  WallTime seen_at;
  std::string user_agent;  // where it began, at most 200 bytes
  IpPrefix network;
};

// As much of a user agent as is kept: 200 bytes, not ending in the middle of a character.
std::string_view kept_agent(std::string_view agent);

// When a session was last used.
struct SeenSession {
  std::string id;
  WallTime at;
};

// Port. Each change is durable when it returns, together with the record of it.
class AccountSessionStore {
 public:
  virtual ~AccountSessionStore() = default;
  // A new session; those named end.
  virtual async::Task<Result<void>> add(async::Worker& home, AccountSession session,
                                        std::vector<std::string> ended, audit::Event event) = 0;
  virtual async::Task<Result<void>> end(async::Worker& home, std::string site,
                                        std::vector<std::string> ids, audit::Event event) = 0;
  // All of a site, or with `account_id` of that account, and all refresh families with them.
  // Returns how many sessions ended.
  virtual async::Task<Result<std::uint64_t>> end_all(async::Worker& home, std::string site,
                                                     std::optional<std::string> account_id,
                                                     audit::Event event) = 0;
  virtual async::Task<Result<void>> note_seen(async::Worker& home, std::string site,
                                              std::vector<SeenSession> seen) = 0;
  // All of enabled accounts, where another process has changed the store since the last call, or
  // with `is_asked_anyway`.
  virtual async::Task<Result<std::optional<std::vector<AccountSession>>>> load_changed(
      async::Worker& home, std::string site, bool is_asked_anyway) = 0;
  // Those that ended by themselves before. Returns how many.
  virtual async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home,
                                                            WallTime created_before,
                                                            WallTime seen_before) = 0;
};

struct AccountSessionSettings {
  Duration idle_timeout = std::chrono::minutes(30);
  Duration lifetime = std::chrono::hours(24);
  std::uint32_t per_account = 5;
  bool refuses_more = false;  // else the one that was used longest ago ends
};

struct VerifiedSession {
  std::shared_ptr<const AccountSession> session;  // never null; seen_at may be older
  bool has_other_agent = false;                   // than the one it began with
  bool has_other_network = false;
};

struct IssuedAccountSession {
  AccountSession session;
  Secret token;
  std::vector<std::string> ended;  // ids of those that make room for it
};

// All sessions that live, in memory, so that a request with one waits for nothing. What this
// process begins and ends is taken over after it is durable; what others do within seconds, through
// load(). A token is 256 random bits. Safe from any thread.
class AccountSessions {
 public:
  AccountSessions(const Clock& clock, Random& random, const Secret& secret,
                  AccountSessionSettings settings);

  // kConflict where the account has as many as it may, and no more are taken. It counts from add()
  // on; `replaced`: the session of the same browser before, which ends in any case.
  Result<IssuedAccountSession> issue(const Account& account, const SessionOrigin& origin,
                                     const AccountSession* replaced) const;
  void add(const IssuedAccountSession& issued);
  void end(const std::vector<std::string>& ids);
  // kUnauthenticated for what was not issued here, has expired or was ended. Notes that it is used.
  Result<VerifiedSession> verify(std::string_view token, const SessionOrigin& origin);
  bool is_csrf_token(const AccountSession& session, std::string_view csrf_token) const;
  std::string csrf_token(const AccountSession& session) const;
  WallTime expires_at(const AccountSession& session) const;  // if it is used no more

  // The newest first.
  std::vector<AccountSession> of_account(std::string_view account_id) const;
  bool has_session(std::string_view id) const;
  std::uint64_t active() const;

  // Takes over what a store has. False, and nothing happens, if this process has changed something
  // since `generation` was read.
  std::uint64_t generation() const;
  bool load(std::vector<AccountSession> sessions, std::uint64_t generation);
  // Those that were used since the last call, for the store.
  std::vector<SeenSession> take_seen();
  void remove_expired();
  const AccountSessionSettings& settings() const { return settings_; }

 private:
  struct Entry {
    explicit Entry(AccountSession from);
    const std::shared_ptr<const AccountSession> session;
    std::atomic<std::int64_t> seen_ms;
    std::int64_t kept_ms;  // what the store knows
  };
  // By the hash of the token: outsiders can't choose one, so neither order nor time tells them
  // anything.
  using Entries = std::map<crypto::Digest, Entry>;

  bool is_alive(const Entry& entry, WallTime now) const;
  static AccountSession copy_of(const Entry& entry);
  Entry& insert(AccountSession session);
  Entries::iterator erase(Entries::iterator at);

  const Clock& clock_;
  Random& random_;
  const AccountSessionSettings settings_;
  const crypto::MacKey csrf_key_;
  mutable std::shared_mutex mutex_;
  Entries entries_;
  std::map<std::string, Entries::iterator, std::less<>> by_id_;
  std::multimap<std::string, Entries::iterator, std::less<>> by_account_;
  std::uint64_t generation_ = 0;
};

}  // namespace gatehouse::identity
