#include "gatehouse/guard/session_watch.hpp"

#include <algorithm>

#include "gatehouse/base/hash.hpp"
#include "spin_lock.hpp"

namespace gatehouse::guard {
namespace {

constexpr unsigned kV4Length = 96 + 24;
constexpr unsigned kV6Length = 48;

Verdict refused(std::string_view rule, std::string_view evidence, const Policy& policy) {
  const bool ends = policy.session_signals == SessionSignals::kEnd;
  return {.action = Action::kDeny,
          .code = ErrorCode::kUnauthenticated,
          .score = 600,
          .rule = rule,
          .reason = ends ? "The session was used from elsewhere than where it began, so it has "
                           "ended everywhere. Start a new one."
                         : "The session was begun elsewhere. Start a new one.",
          .field = {},
          .evidence = std::string(evidence)};
}

}  // namespace

SessionWatch::SessionWatch(std::uint64_t seed)
    : seed_(seed), lines_(std::make_unique<Line[]>(kLines)) {}

// Those it has been seen in go on: the one too many is refused, and only while it is.
bool SessionWatch::is_spread(std::string_view session, const IpAddress& client, TimePoint now) {
  const auto now_s = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() + 1);
  const std::uint64_t key = keyed_hash(session, seed_, 0);
  const IpPrefix prefix(client, client.is_v4() ? kV4Length : kV6Length);
  const auto network = static_cast<std::uint32_t>(keyed_hash(prefix, seed_, 1));
  auto& line = lines_[key % kLines];
  const SpinLock lock(line.lock);
  if (line.session != key) {
    line.session = key;
    line.seen.fill({});
  }
  Seen* place = nullptr;
  for (auto& seen : line.seen) {
    const bool is_current = seen.at_s != 0 && now_s - seen.at_s < kWindowSeconds;
    if (is_current && seen.network == network) {
      seen.at_s = now_s;
      return false;
    }
    if (!is_current) place = &seen;
  }
  if (place == nullptr) return true;
  *place = {network, now_s};
  return false;
}

// A token that was stolen turns up in another browser and network at once; people change one of
// them at a time.
Verdict SessionWatch::judge(const Principal& principal, const IpAddress& client,
                            const Policy& policy, TimePoint now) {
  const bool is_minded = policy.session_signals != SessionSignals::kOff;
  if (!is_minded || (!principal.has_other_agent && !principal.has_other_network)) [[likely]]
    return {};
  const bool is_strict = policy.session_signals >= SessionSignals::kStrict;
  if (principal.has_other_agent && (is_strict || principal.has_other_network)) {
    return refused("session.moved",
                   principal.has_other_network ? "another browser and network" : "another browser",
                   policy);
  }
  if (principal.has_other_network) {
    const auto& session =
        principal.kind == Principal::Kind::kAccount ? principal.session_id : principal.id;
    if (is_spread(session, client, now))
      return refused("session.spread", "more than 4 networks in ten minutes", policy);
    return {.action = is_strict ? Action::kChallenge : Action::kAllow,
            .rule = "session.other_network",
            .reason = {},
            .field = {},
            .evidence = {}};
  }
  return {.action = Action::kFlag,
          .score = 200,
          .rule = "session.other_agent",
          .reason = {},
          .field = {},
          .evidence = {}};
}

}  // namespace gatehouse::guard
