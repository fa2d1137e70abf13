// Tickets for WebSockets: browsers can't give a credential with one but in its address.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/principal.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity {

// A ticket is 192 random bits that open one socket, for 30 seconds, as the principal and from the
// origin that it was given to. It stands in an address, which ends up in histories and logs of
// others: so it holds once and shortly, and only its hash is kept. Safe from any thread.
class SocketTickets {
 public:
  static constexpr Duration kLifetime = std::chrono::seconds(30);
  static constexpr std::size_t kMost = 20'000;

  SocketTickets(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // `origin`: as the request's header has it; empty for programs. kUnavailable: there are too many.
  Result<std::string> issue(const Principal& principal, std::string_view origin);
  // Whose it is, once. kUnauthenticated for what was not issued, was used or is too old, and for
  // another origin, which uses it up too.
  Result<Principal> redeem(std::string_view ticket, std::string_view origin);

 private:
  struct Entry {
    Principal principal;
    std::string origin;
    TimePoint expires_at;
  };
  void remove_expired(TimePoint now);

  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  // By the hash: outsiders can't choose one, so neither order nor time tells them anything.
  std::map<crypto::Digest, Entry> entries_;
  std::multimap<TimePoint, crypto::Digest> by_expiry_;
};

}  // namespace gatehouse::identity
