// What guessing passwords costs: waiting and work, more with each wrong one.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/random.hpp"

namespace gatehouse::identity {

// Counts failures for each account from each network, and for each account from everywhere. From
// one network there is a proof of work after 3 failures and a growing wait after 5, up to 15
// minutes; after 10 from anywhere a proof of work for all who try that account, but never a wait:
// an attacker can make the owner's browser work for a second, and not lock the owner out. Names
// that don't exist are treated like those that do. Forgotten after an hour without a failure, or
// when 65,536 others came since. Safe from any thread.
class SignInThrottle {
 public:
  SignInThrottle(const Clock& clock, Random& random);

  enum class Next : std::uint8_t { kTry, kWork, kWait };
  struct Decision {
    Next next = Next::kTry;
    std::uint32_t retry_after_s = 0;  // of kWait
  };
  // Before the password is looked at. kTry: it is counted as failed at once, so that many at the
  // same time don't get more tries; forgive() takes that back.
  Decision begin(std::string_view site, std::string_view name, const IpPrefix& client,
                 bool has_worked);
  // The password was right: the network's failures are forgotten, and this try of the account's.
  void forgive(std::string_view site, std::string_view name, const IpPrefix& client);
  // Nothing was found out, for example because the server was busy.
  void take_back(std::string_view site, std::string_view name, const IpPrefix& client);

 private:
  struct Failures {
    std::uint32_t count = 0;
    TimePoint last;
    std::list<std::uint64_t>::iterator age;
  };
  using Table = std::unordered_map<std::uint64_t, Failures>;

  std::uint64_t key_of(std::string_view site, std::string_view name) const;
  std::uint64_t key_of(std::uint64_t account, const IpPrefix& client) const;
  std::uint32_t count_of(std::uint64_t key) const;
  void add(std::uint64_t key);
  void remove(std::uint64_t key, std::uint32_t count);

  const Clock& clock_;
  const std::uint64_t seed_low_;
  const std::uint64_t seed_high_;
  std::mutex mutex_;
  Table failures_;
  std::list<std::uint64_t> by_age_;  // the one that failed last stands last
};

}  // namespace gatehouse::identity
