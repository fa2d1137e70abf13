// Proof of work: what a client that looks like a robot pays before it is heard.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::guard {

struct ChallengeSolution {
  std::string_view algorithm;
  std::string_view challenge;
  std::uint64_t number = 0;
  std::string_view salt;
  std::string_view signature;
};

struct ChallengeSettings {
  std::uint64_t greatest_number = 50'000;  // half of it, on average, are the hashes it takes
  Duration lifetime = std::chrono::minutes(5);
};

// A challenge in ALTCHA's form, version 1: find the number for which SHA-256(salt + number) is
// `challenge`. Nothing is kept of one until it is solved: salt and signature carry when it ends and
// whom it is for. A solution counts once. Keys are this process's own, so a restart voids all that
// were given out. Safe from any thread.
class Challenges {
 public:
  Challenges(Random& random, ChallengeSettings settings);

  // {"algorithm","challenge","maxnumber","salt","signature"}
  std::string issue(const IpPrefix& client, std::string_view site, WallTime now);

  enum class Answer : std::uint8_t { kSolved, kWrong, kExpired, kForSomebodyElse, kUsed };
  Answer check(const ChallengeSolution& solution, const IpPrefix& client, std::string_view site,
               WallTime now);

 private:
  std::string binding_of(const IpPrefix& client, std::string_view site) const;
  bool use(std::string_view challenge, WallTime expires_at, WallTime now);

  Random& random_;
  const ChallengeSettings settings_;
  const crypto::MacKey signing_;
  const crypto::MacKey binding_;
  std::mutex mutex_;
  std::multimap<WallTime, std::string> used_by_expiry_;
  std::unordered_set<std::string> used_;
};

std::string_view name_of(Challenges::Answer answer);

}  // namespace gatehouse::guard
