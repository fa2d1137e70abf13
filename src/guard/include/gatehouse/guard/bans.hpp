// Who is kept out for a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/random.hpp"

namespace gatehouse::guard {

struct Ban {
  IpPrefix prefix;
  WallTime begins_at{};
  WallTime expires_at{};
  std::uint32_t strikes = 0;  // how often in a row: each doubles the next one's length
  std::string reason;         // the rule that was broken, or the operator's words
  bool is_by_operator = false;
};

// Port: bans that outlive the process. What is put is durable when it returns.
class BanStore {
 public:
  virtual ~BanStore() = default;
  virtual async::Task<Result<void>> put(async::Worker& home, std::string site, Ban ban) = 0;
  // All of them, if another process has changed any since this was last asked.
  virtual async::Task<Result<std::optional<std::vector<Ban>>>> load_changed(async::Worker& home,
                                                                            std::string site) = 0;
};

struct BanSettings {
  Duration base = std::chrono::minutes(10);
  Duration greatest = std::chrono::hours(24);
  std::vector<IpPrefix> never;  // the operator's own, and trusted proxies
};

// The bans of one site. A ban of the guard lasts base × 2ⁿ, capped, give or take a tenth, and
// strikes go one by one with each clean week. Where four neighbours in an IPv6 network offend
// within ten minutes, the network itself is banned: /64, then /56, then /48. None that holds is
// ever given up for room: when the table is full no further are made. Safe from any thread.
class Bans {
 public:
  static constexpr std::size_t kMaxBans = 100'000;

  Bans(Random& random, BanSettings settings) : random_(random), settings_(std::move(settings)) {}

  // The ban that holds for a client, the widest first. Free of locks while nobody is banned.
  bool is_empty() const { return count_.load(std::memory_order_relaxed) == 0; }
  std::optional<Ban> find(const IpAddress& client, WallTime now) const;
  bool is_exempt(const IpAddress& client) const;
  // What was begun: the client's own ban, and those of wider networks that follow from it. Empty if
  // the client is exempt or the table full.
  std::vector<Ban> begin(const IpPrefix& client, std::string reason, WallTime now);
  // Takes over what the store holds, put by hand or before a restart, unless what is known here
  // began later.
  void load(const std::vector<Ban>& bans);
  std::size_t active(WallTime now) const;

 private:
  struct Children {
    WallTime since{};
    unsigned count = 0;
  };
  std::optional<Ban> begin_one(const IpPrefix& prefix, const std::string& reason, WallTime now);
  std::optional<IpPrefix> widened(const IpPrefix& prefix, WallTime now);
  bool make_room(WallTime now);
  void note_length(unsigned length);
  Duration length_of(std::uint32_t strikes);

  Random& random_;
  const BanSettings settings_;
  mutable std::shared_mutex mutex_;
  std::atomic<std::size_t> count_ = 0;
  std::unordered_map<IpPrefix, Ban, IpPrefixHash> bans_;
  std::vector<unsigned> lengths_;  // the prefix lengths that occur, ascending
  std::unordered_map<IpPrefix, Children, IpPrefixHash> children_;
};

}  // namespace gatehouse::guard
