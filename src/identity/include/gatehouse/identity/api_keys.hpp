// Keys of programs: made here, shown once, kept as hashes.
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
#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity {

// What a key opens. Names are what operators type.
enum class Scope : std::uint8_t {
  kAi = 1,       // "ai": /v1
  kMetrics = 2,  // "metrics": /metrics
};
// "ai", "ai,metrics"; nothing for what names none, or another.
std::optional<std::uint8_t> scopes_of(std::string_view names);
std::string names_of(std::uint8_t scopes);

// As it is kept.
struct ApiKeyRecord {
  std::string id;  // stands in the key
  std::string site = "default";
  std::string name;  // what it is for, as read_key_name() gives it
  crypto::Digest key_hash{};
  std::string account_id;  // whose it is; empty: of who has the machine
  std::uint8_t scopes = 0;
  WallTime created_at;
  std::optional<WallTime> expires_at;
  std::optional<WallTime> used_at;
  std::uint32_t requests_per_minute = 0;  // these three: 0 is no limit beside those for all keys
  std::uint64_t tokens_per_day = 0;
  std::uint64_t money_micros_per_day = 0;
};

struct UsedKey {
  std::string id;
  WallTime at;
};

// Port. Each change is durable when it returns, together with the record of it.
class ApiKeyStore {
 public:
  virtual ~ApiKeyStore() = default;
  virtual async::Task<Result<void>> add(async::Worker& home, ApiKeyRecord key,
                                        audit::Event event) = 0;
  // kNotFound without it.
  virtual async::Task<Result<void>> remove(async::Worker& home, std::string site, std::string id,
                                           audit::Event event) = 0;
  virtual async::Task<Result<void>> note_used(async::Worker& home, std::string site,
                                              std::vector<UsedKey> used) = 0;
  // By name.
  virtual async::Task<Result<std::vector<ApiKeyRecord>>> list(async::Worker& home,
                                                              std::string site) = 0;
  // All, where another process has changed the store since the last call, or with
  // `is_asked_anyway`.
  virtual async::Task<Result<std::optional<std::vector<ApiKeyRecord>>>> load_changed(
      async::Worker& home, std::string site, bool is_asked_anyway) = 0;
};

// 1 to 64 characters without control characters. The error names the field `name`.
Result<std::string> read_key_name(std::string_view text);

struct IssuedApiKey {
  ApiKeyRecord record;
  Secret key;
};
// `wanted` has name, site, owner, scopes, limits and expiry. The key is
// gh_<site>_<id>_<secret><checksum>: 256 random bits, and 20 bits by which a wrong copy is known
// without asking anybody.
IssuedApiKey issue_api_key(ApiKeyRecord wanted, WallTime now, Random& random);
// Whether it has the form of a key of ours, with the right checksum.
bool is_api_key_form(std::string_view text);

// All keys, in memory, so that a request with one waits for nothing. Safe from any thread.
class ApiKeys {
 public:
  ApiKeys(const Clock& clock, Random& random);

  void add(ApiKeyRecord key);
  void remove(std::string_view id);
  // kUnauthenticated for what is unknown or has expired. Notes that it is used.
  Result<std::shared_ptr<const ApiKeyRecord>> verify(std::string_view key);
  bool is_empty() const;

  // Takes over what a store has. False, and nothing happens, if this process has changed something
  // since `generation` was read.
  std::uint64_t generation() const;
  bool load(std::vector<ApiKeyRecord> keys, std::uint64_t generation);
  // Those that were used since the last call, for the store.
  std::vector<UsedKey> take_used();

 private:
  struct Entry {
    std::shared_ptr<const ApiKeyRecord> record;
    std::atomic<std::int64_t> used_ms = 0;
    std::int64_t kept_ms = 0;  // what the store knows
  };
  Result<std::shared_ptr<const ApiKeyRecord>> use(Entry& entry);

  const Clock& clock_;
  const crypto::Fingerprinter fingerprinter_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Entry, std::less<>> by_id_;
  // Keys that were right once, so that their SHA-256 is not computed each time. At most one of
  // each.
  std::map<crypto::Fingerprint, Entry*> known_;
  std::uint64_t generation_ = 0;
};

}  // namespace gatehouse::identity
