#include "gatehouse/guard/escalation.hpp"

#include <algorithm>

#include "gatehouse/base/hash.hpp"

namespace gatehouse::guard {
namespace {

using Greatest = EscalationSettings::Greatest;

constexpr int kThrottlePoints = 10;
constexpr int kWrongCredentialPoints = 8;  // an old tab asks a few times, too
constexpr int kInvalidPoints = 4;
constexpr int kLeastDenyPoints = 40;
constexpr int kSolvedPoints = -300;
constexpr int kAfterBanPoints = -400;  // a ban is the price: what is left makes the next one nearer
constexpr unsigned kLevels = 8;

// A mistake weighs little, an attack that was recognised much.
int points_of(const Verdict& verdict) {
  if (verdict.code == ErrorCode::kUnavailable) return 0;  // it was we who had no time or place
  switch (verdict.action) {
    case Action::kThrottle:
      return verdict.score == 0 ? 0 : kThrottlePoints;  // 0: others have used it up
    case Action::kDeny:
      if (verdict.rule == Escalation::kBanRule) return 0;  // else a ban would never end
      if (verdict.code == ErrorCode::kInvalid || verdict.code == ErrorCode::kTooLarge ||
          verdict.code == ErrorCode::kUnsupportedMedia)
        return kInvalidPoints;
      return std::max<int>(verdict.score / 8, kLeastDenyPoints);
    case Action::kFlag:
      return verdict.score / 50;
    default:
      return 0;
  }
}

}  // namespace

Escalation::Escalation(const Clock& clock, Random& random, EscalationSettings settings)
    : clock_(clock),
      settings_(std::move(settings)),
      greatest_(settings_.greatest),
      challenge_at_(settings_.challenge_at),
      ban_at_(settings_.ban_at),
      seed_low_(random.next_u64()),
      seed_high_(random.next_u64()),
      reputation_(clock.now()),
      bans_(random, settings_.bans),
      challenges_(random, settings_.challenges) {}

void Escalation::replace_steps(const EscalationSettings& settings) {
  greatest_ = settings.greatest;
  challenge_at_ = settings.challenge_at;
  ban_at_ = settings.ban_at;
}

std::uint64_t Escalation::key_of(const IpPrefix& client) const {
  return keyed_hash(client, seed_low_, seed_high_);
}

std::uint64_t Escalation::key_of(const Principal& principal) const {
  return keyed_hash(principal.id, seed_low_ + 1 + static_cast<std::uint64_t>(principal.kind),
                    seed_high_);
}

unsigned Escalation::level_of(std::uint64_t key) const {
  // Asked on every request: the clock is read for those only of whom something is known.
  if (greatest_ < Greatest::kThrottle || !reputation_.knows(key)) return 0;
  return std::min(reputation_.score(key, clock_.now()) * kLevels / ReputationTable::kGreatest,
                  kLevels - 1);
}

unsigned Escalation::level(const IpPrefix& client) const { return level_of(key_of(client)); }

unsigned Escalation::level(const Principal& principal) const {
  return principal.id.empty() ? 0 : level_of(key_of(principal));
}

std::optional<Ban> Escalation::ban_of(const IpAddress& client) const {
  if (bans_.is_empty()) [[likely]]
    return std::nullopt;
  return bans_.find(client, clock_.wall());
}

bool Escalation::needs_challenge(const IpPrefix& client) const {
  return greatest_ >= Greatest::kChallenge &&
         reputation_.score(key_of(client), clock_.now()) >= challenge_at_;
}

void Escalation::add(const IpPrefix& client, int points, std::string_view rule) {
  if (points == 0 || bans_.is_exempt(client.address())) return;
  const TimePoint now = clock_.now();
  const std::uint64_t key = key_of(client);
  const unsigned score = reputation_.add(key, points, now);
  if (points < 0 || greatest_ < Greatest::kBan || score < ban_at_) return;
  const auto begun = bans_.begin(client, std::string(rule), clock_.wall());
  if (begun.empty()) return;
  reputation_.add(key, kAfterBanPoints, now);
  if (!on_ban_) return;
  for (const Ban& ban : begun) on_ban_(ban);
}

void Escalation::note(const IpPrefix& client, const Principal* principal, const Verdict& verdict) {
  const int points = points_of(verdict);
  // Behind a key stands an account that can be asked, and behind a channel's user its platform,
  // with all its other users: they are slowed down, the address is not banned.
  const bool is_known = principal != nullptr && (principal->kind == Principal::Kind::kApiKey ||
                                                 principal->kind == Principal::Kind::kChannelUser);
  if (principal != nullptr && !principal->id.empty() && points != 0)
    reputation_.add(key_of(*principal), points, clock_.now());
  if (!is_known) add(client, points, verdict.rule);
}

void Escalation::note_wrong_credential(const IpPrefix& client) {
  add(client, kWrongCredentialPoints, "credential.wrong");
}

void Escalation::note_solved(const IpPrefix& client) { add(client, kSolvedPoints, {}); }

}  // namespace gatehouse::guard
