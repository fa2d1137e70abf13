// Refresh tokens: each works once and gives the next, and one that is used twice ends them all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/audit/event.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/crypto/sealer.hpp"
#include "gatehouse/identity/account.hpp"
#include "gatehouse/identity/live_families.hpp"

namespace gatehouse::identity {

// Who uses a refresh token.
struct TokenClient {
  std::string user_agent;  // as kept_agent() gives it
  IpPrefix network;        // IpPrefix::of_client
  friend bool operator==(const TokenClient&, const TokenClient&) = default;
};

// All tokens that came of one sign-in. They are derived from its secret and their number, so
// nothing of a token is kept, and the same number gives the same token.
struct RefreshFamily {
  std::string id;  // UUIDv7
  std::string site = "default";
  std::string account_id;
  std::string sealed_secret;     // by crypto::Sealer
  std::uint64_t generation = 1;  // the number of the one token that is good
  WallTime created_at;
  WallTime refreshed_at;  // when that one was made
  TokenClient client;     // who got it
};

struct FoundFamily {
  RefreshFamily family;
  Account account;  // enabled
};

// Port. Each change is durable when it returns, together with the record of it.
class RefreshFamilyStore {
 public:
  virtual ~RefreshFamilyStore() = default;
  // Beyond `per_account`, those that were refreshed longest ago end. kConflict where the account is
  // gone, disabled or not of `account_epoch` any more. Returns the ids of those that ended.
  virtual async::Task<Result<std::vector<std::string>>> add(async::Worker& home,
                                                            RefreshFamily family,
                                                            std::uint64_t account_epoch,
                                                            std::uint32_t per_account,
                                                            audit::Event event) = 0;
  // Nothing for what isn't there, and where the account is disabled.
  virtual async::Task<Result<std::optional<FoundFamily>>> find(async::Worker& home,
                                                               std::string site,
                                                               std::string id) = 0;
  // From one generation to the next. False, and nothing happens, where it is not at `from`: of many
  // at the same time one is true.
  virtual async::Task<Result<bool>> advance(async::Worker& home, std::string site, std::string id,
                                            std::uint64_t from, TokenClient client,
                                            WallTime now) = 0;
  // False, and nothing is recorded, where it has ended before.
  virtual async::Task<Result<bool>> end(async::Worker& home, std::string site, std::string id,
                                        audit::Event event) = 0;
  // Of an account, the newest first.
  virtual async::Task<Result<std::vector<RefreshFamily>>> list(async::Worker& home,
                                                               std::string site,
                                                               std::string account_id) = 0;
  // All of enabled accounts, where another process has changed the store since the last call, or
  // with `is_asked_anyway`.
  virtual async::Task<Result<std::optional<std::vector<LiveFamily>>>> load_changed(
      async::Worker& home, std::string site, bool is_asked_anyway) = 0;
  // Those that ended by themselves before. Returns their ids.
  virtual async::Task<Result<std::vector<std::string>>> remove_expired(
      async::Worker& home, WallTime created_before, WallTime refreshed_before) = 0;
};

struct RefreshSettings {
  Duration lifetime = std::chrono::days(30);
  Duration idle_timeout = std::chrono::days(14);
  std::uint32_t per_account = 20;
};

// What follows when the token of `presented` comes, with the family as it is.
enum class RefreshStep : std::uint8_t {
  kRotate,   // the good one: the next takes its place
  kRepeat,   // the one before, once more from who has just used it: the same answer
  kReuse,    // two have it: nobody gets anything any more
  kExpired,  // the family has
};
RefreshStep next_step(const RefreshFamily& family, std::uint64_t presented,
                      const TokenClient& client, WallTime now, const RefreshSettings& settings);

struct IssuedRefresh {
  RefreshFamily family;
  Account account;
  Secret token;
  WallTime expires_at;      // if it is not used
  WallTime family_ends_at;  // in any case
};

struct RefreshOutcome {
  // kUnauthenticated: it does not hold, with the reason as a code in log_message.
  Result<IssuedRefresh> issued;
  std::string account_id;  // whose it was; empty: nobody's. For records only
  std::string family_id;
  bool is_reuse = false;  // it came a second time, and its family has ended
};

// Begins families, turns one refresh token into the next, and ends families. What it changes in the
// store it changes in `live`, too. Safe from any thread. All that is handed in outlives this.
class RefreshFamilies {
 public:
  // For so long the same client gets the same answer again, should the first be lost.
  static constexpr Duration kGrace = std::chrono::seconds(20);

  RefreshFamilies(RefreshFamilyStore& store, LiveFamilies& live, crypto::Sealer sealer,
                  const Clock& clock, Random& random, RefreshSettings settings);

  // Of an account that has just proved itself. Its id is written into `event.detail`.
  async::Task<Result<IssuedRefresh>> begin(async::Worker& home, Account account, TokenClient client,
                                           audit::Event event);
  // `event`: what a token that came twice is recorded with.
  async::Task<RefreshOutcome> refresh(async::Worker& home, std::string site, Secret token,
                                      TokenClient client, audit::Event event);
  // Ends the family of a token, also of one that was used. Nothing for what is none.
  async::Task<Result<void>> revoke(async::Worker& home, std::string site, Secret token,
                                   audit::Event event);
  // False where the account has no such family.
  async::Task<Result<bool>> end(async::Worker& home, Account owner, std::string id,
                                audit::Event event);
  async::Task<Result<std::vector<RefreshFamily>>> list(async::Worker& home, Account owner);
  WallTime expires_at(const RefreshFamily& family) const;  // if it is used no more
  const RefreshSettings& settings() const { return settings_; }

 private:
  struct Presented {
    std::string id;
    std::uint64_t generation = 0;
    std::string mac;
  };
  static std::optional<Presented> read(std::string_view token);
  // Nothing where the store's key is another than that it was sealed with.
  std::optional<Secret> token_of(const RefreshFamily& family, std::uint64_t generation) const;
  // The family of a token that this house has made, whichever its generation.
  async::Task<Result<std::optional<FoundFamily>>> family_of(async::Worker& home, std::string site,
                                                            Presented presented);
  Result<IssuedRefresh> issued(FoundFamily found) const;
  async::Task<RefreshOutcome> end_reused(async::Worker& home, FoundFamily found,
                                         audit::Event event);

  RefreshFamilyStore& store_;
  LiveFamilies& live_;
  const crypto::Sealer sealer_;
  const Clock& clock_;
  Random& random_;
  const RefreshSettings settings_;
};

}  // namespace gatehouse::identity
