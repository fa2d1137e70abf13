// The keys that sign access tokens.
#pragma once

#include <atomic>
#include <cstdint>
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
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/jws.hpp"
#include "gatehouse/crypto/sealer.hpp"

namespace gatehouse::identity {

// As it is kept.
struct StoredTokenKey {
  std::string site = "default";
  std::string kid;
  crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kEdDsa;
  std::string sealed_secret;  // by crypto::Sealer
  WallTime created_at;
  std::optional<WallTime> accepted_until = {};  // nothing: it signs

  // Whether what it signed still holds.
  bool is_accepted(WallTime now) const { return !accepted_until || now < *accepted_until; }
};

struct KeyRotation {
  StoredTokenKey fresh;   // signs from now on
  WallTime others_until;  // those before are accepted so long
  // Those before go at once, all refresh families end, and the epoch of all accounts rises.
  bool ends_all = false;
};

// Port. Each change is durable when it returns, together with the record of it.
class TokenKeyStore {
 public:
  virtual ~TokenKeyStore() = default;
  // The newest first.
  virtual async::Task<Result<std::vector<StoredTokenKey>>> list(async::Worker& home,
                                                                std::string site) = 0;
  virtual async::Task<Result<void>> rotate(async::Worker& home, KeyRotation rotation,
                                           audit::Event event) = 0;
  // All, where another process has changed the store since the last call.
  virtual async::Task<Result<std::optional<std::vector<StoredTokenKey>>>> load_changed(
      async::Worker& home, std::string site) = 0;
  // Those that are accepted no more. Returns how many.
  virtual async::Task<Result<std::uint64_t>> remove_expired(async::Worker& home, WallTime now) = 0;
};

// A key with an id of its own, sealed. The keys before are accepted for as long as a token lives
// and the servers need to hear of it, so nobody notices.
KeyRotation make_rotation(crypto::JwsAlgorithm algorithm, bool ends_all,
                          const crypto::Sealer& sealer, WallTime now, Random& random);

// An opened key.
struct TokenKey {
  std::string kid;
  crypto::JwsKey key;
  std::string header_json;  // of all tokens that it signs
  std::string header;       // the same as base64url, as it stands in them
  std::optional<WallTime> accepted_until;
};

// The keys of one moment. A value.
class TokenKeyRing {
 public:
  explicit TokenKeyRing(std::vector<TokenKey> keys = {}) : keys_(std::move(keys)) {}
  // Null where there is none.
  const TokenKey* signing() const;
  // The key whose tokens have this very header, byte for byte, and is accepted at `now`; else null.
  // So nothing of a header is ever read or believed: not `alg`, `kid`, `jku`, `jwk` nor `crit`.
  const TokenKey* by_header(std::string_view header, WallTime now) const;
  // RFC 7517: the public ones that are accepted at `now`.
  std::string public_keys_json(WallTime now) const;

 private:
  std::vector<TokenKey> keys_;
};

// The keys of the house, replaced as a whole. Safe from any thread.
class TokenKeys {
 public:
  // kUnavailable where one can't be opened: it says what to do, and the others are taken over.
  Result<void> load(const std::vector<StoredTokenKey>& stored, const crypto::Sealer& sealer);
  std::shared_ptr<const TokenKeyRing> ring() const;
  // Another number after each load().
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const TokenKeyRing> ring_ = std::make_shared<const TokenKeyRing>();
  std::atomic<std::uint64_t> generation_ = 0;
};

}  // namespace gatehouse::identity
