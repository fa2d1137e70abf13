// What follows when a client goes on misbehaving: slower, then work to do, then out.
#pragma once

#include <atomic>
#include <functional>
#include <string_view>

#include "gatehouse/base/principal.hpp"
#include "gatehouse/guard/bans.hpp"
#include "gatehouse/guard/challenges.hpp"
#include "gatehouse/guard/reputation.hpp"
#include "gatehouse/guard/verdict.hpp"

namespace gatehouse::guard {

struct EscalationSettings {
  enum class Greatest : std::uint8_t { kNothing, kThrottle, kChallenge, kBan };
  Greatest greatest = Greatest::kBan;  // the last step that is taken
  unsigned challenge_at = 300;         // of 1000, as are all scores
  unsigned ban_at = 800;
  BanSettings bans;
  ChallengeSettings challenges;
};

// The reputation of each prefix and principal, fed by verdicts, and what it leads to: limits that
// shrink in 8 steps, a challenge, a ban. Every step ends by itself. One per site and process; safe
// from any thread.
class Escalation {
 public:
  static constexpr std::string_view kBanRule = "ban.active";
  // Called with each ban that begins, on the thread where it does: to keep and to log it.
  using OnBan = std::function<void(const Ban&)>;

  Escalation(const Clock& clock, Random& random, EscalationSettings settings);
  // The last step and where the steps begin; the rest of the settings stays. From any thread.
  void replace_steps(const EscalationSettings& settings);
  void set_on_ban(OnBan on_ban) { on_ban_ = std::move(on_ban); }

  // How far limits shrink: 0 (not at all) to 7 (an eighth is left).
  unsigned level(const IpPrefix& client) const;
  unsigned level(const Principal& principal) const;
  std::optional<Ban> ban_of(const IpAddress& client) const;
  bool needs_challenge(const IpPrefix& client) const;

  // What a client did; with a principal that has a name, that one, else its prefix.
  void note(const IpPrefix& client, const Principal* principal, const Verdict& verdict);
  void note_wrong_credential(const IpPrefix& client);
  void note_solved(const IpPrefix& client);

  Bans& bans() { return bans_; }
  Challenges& challenges() { return challenges_; }

 private:
  std::uint64_t key_of(const IpPrefix& client) const;
  std::uint64_t key_of(const Principal& principal) const;
  unsigned level_of(std::uint64_t key) const;
  void add(const IpPrefix& client, int points, std::string_view rule);

  const Clock& clock_;
  const EscalationSettings settings_;  // but what stands in the three below
  std::atomic<EscalationSettings::Greatest> greatest_;
  std::atomic<unsigned> challenge_at_;
  std::atomic<unsigned> ban_at_;
  const std::uint64_t seed_low_;
  const std::uint64_t seed_high_;
  ReputationTable reputation_;
  Bans bans_;
  Challenges challenges_;
  OnBan on_ban_;
};

}  // namespace gatehouse::guard
