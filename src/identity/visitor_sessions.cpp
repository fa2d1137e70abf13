#include "gatehouse/identity/visitor_sessions.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "gatehouse/base/hash.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::identity {
namespace {

// gv1.<session>.<expiry, seconds>.<marks>.<MAC>: the session is 16 random bytes, the marks are four
// bytes of a keyed hash of the user agent and its language and four of the network, and the MAC is
// over site and all before it.
constexpr std::string_view kVersion = "gv1.";
constexpr std::size_t kSessionBytes = 16;
constexpr std::size_t kSessionCharacters = 22;
constexpr std::size_t kMarksCharacters = 11;
constexpr std::size_t kMarkBytes = 4;
constexpr std::size_t kMaxTokenCharacters = 128;
constexpr std::size_t kMaxCountedSessions = 1'000'000;

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::kUnauthenticated, "The session has ended. Start a new one.",
              "session token: " + std::string(why));
}

}  // namespace

VisitorSessions::VisitorSessions(const Clock& clock, Random& random, const Secret& secret,
                                 std::string site, Duration lifetime)
    : clock_(clock),
      random_(random),
      site_(std::move(site)),
      lifetime_(lifetime),
      token_key_(secret, "gatehouse visitor session"),
      csrf_key_(secret, "gatehouse csrf") {
  const auto seed = crypto::MacKey(secret, "gatehouse session marks").sign("");
  std::memcpy(&mark_seed_low_, seed.data(), sizeof mark_seed_low_);
  std::memcpy(&mark_seed_high_, seed.data() + sizeof mark_seed_low_, sizeof mark_seed_high_);
}

IssuedSession VisitorSessions::start(const SessionOrigin& origin) {
  IssuedSession issued = issue(random_token(random_, kSessionBytes), origin);
  const std::unique_lock lock(mutex_);
  if (started_.size() >= kMaxCountedSessions) started_.pop_front();
  started_.push_back(issued.visitor.expires_at);
  return issued;
}

std::uint64_t VisitorSessions::active() const {
  const std::shared_lock lock(mutex_);
  const auto first = std::ranges::upper_bound(started_, clock_.wall());
  const auto alive = static_cast<std::uint64_t>(started_.end() - first);
  return alive > ended_.size() ? alive - ended_.size() : 0;
}

IssuedSession VisitorSessions::renew(const Visitor& visitor, const SessionOrigin& origin) {
  return issue(visitor.session_id, origin);
}

// Eight bytes: so few that they tell nothing of an address, and enough to notice another one.
std::string VisitorSessions::marks_of(const SessionOrigin& origin) const {
  const std::uint64_t agent = keyed_hash(origin.user_agent, mark_seed_low_, mark_seed_high_);
  const std::uint64_t hashes[] = {keyed_hash(origin.language, mark_seed_low_, agent),
                                  keyed_hash(origin.network, mark_seed_low_, ~mark_seed_high_)};
  std::string marks;
  for (const std::uint64_t hash : hashes)
    marks.append(reinterpret_cast<const char*>(&hash), kMarkBytes);
  return marks;
}

IssuedSession VisitorSessions::issue(std::string session_id, const SessionOrigin& origin) {
  const WallTime expires_at = last_expiry();
  std::string token(kVersion);
  token.append(session_id).append(".").append(std::to_string(unix_seconds(expires_at)));
  token.append(".").append(to_base64url(marks_of(origin)));
  const auto mac = token_key_.sign(site_ + "|" + token);
  token.append(".").append(to_base64url(crypto::as_text(mac)));
  std::string csrf = csrf_token(session_id);
  return {.visitor = {std::move(session_id), expires_at},
          .token = std::move(token),
          .csrf_token = std::move(csrf)};
}

bool VisitorSessions::may_be_token(std::string_view text) { return text.starts_with(kVersion); }

Result<Visitor> VisitorSessions::verify(std::string_view token, const SessionOrigin& origin) const {
  if (!token.starts_with(kVersion) || token.size() > kMaxTokenCharacters)
    return refused("malformed");
  const auto mac_at = token.rfind('.');
  const auto session = token.substr(kVersion.size(), kSessionCharacters);
  const auto expiry_at = kVersion.size() + kSessionCharacters + 1;
  if (mac_at < expiry_at + kMarksCharacters + 1 || token[expiry_at - 1] != '.')
    return refused("malformed");
  const auto marks_at = mac_at - kMarksCharacters;
  if (token[marks_at - 1] != '.') return refused("malformed");
  const auto mac = from_base64url(token.substr(mac_at + 1));
  const auto marks = from_base64url(token.substr(marks_at, kMarksCharacters));
  const auto expiry = parse_u64(token.substr(expiry_at, marks_at - 1 - expiry_at));
  if (!mac || !marks || !expiry || *expiry > 1'000'000'000'000) return refused("malformed");
  if (!token_key_.verify(site_ + "|" + std::string(token.substr(0, mac_at)), *mac))
    return refused("not issued here");
  const WallTime expires_at{std::chrono::milliseconds(*expiry * 1000)};
  if (clock_.wall() >= expires_at) return refused("expired");
  const std::string here = marks_of(origin);
  Visitor visitor{.session_id = std::string(session),
                  .expires_at = expires_at,
                  .has_other_agent = marks->substr(0, kMarkBytes) != here.substr(0, kMarkBytes),
                  .has_other_network = marks->substr(kMarkBytes) != here.substr(kMarkBytes)};
  if (has_ended(visitor.session_id)) return refused("ended");
  return visitor;
}

std::string VisitorSessions::csrf_token(std::string_view session_id) const {
  return to_base64url(crypto::as_text(csrf_key_.sign(site_ + "|" + std::string(session_id))));
}

bool VisitorSessions::is_csrf_token(const Visitor& visitor, std::string_view token) const {
  return crypto::equals_in_constant_time(csrf_token(visitor.session_id), token);
}

WallTime VisitorSessions::last_expiry() const {
  return clock_.wall() + std::chrono::duration_cast<std::chrono::milliseconds>(lifetime_);
}

void VisitorSessions::end(const std::string& session_id) {
  const WallTime last = last_expiry();
  const std::unique_lock lock(mutex_);
  const WallTime now = clock_.wall();
  while (!ended_by_expiry_.empty() && ended_by_expiry_.begin()->first <= now) {
    ended_.erase(ended_by_expiry_.begin()->second);
    ended_by_expiry_.erase(ended_by_expiry_.begin());
  }
  remember_end(session_id, last);
}

void VisitorSessions::remember_end(std::string session_id, WallTime until) {
  if (!ended_.insert(session_id).second) return;
  ended_by_expiry_.emplace(until, std::move(session_id));
}

void VisitorSessions::load(const std::vector<EndedSessions::Entry>& entries) {
  const std::unique_lock lock(mutex_);
  for (const auto& entry : entries) remember_end(entry.session_id, entry.expires_at);
}

bool VisitorSessions::has_ended(std::string_view session_id) const {
  const std::shared_lock lock(mutex_);
  return ended_.contains(session_id);
}

}  // namespace gatehouse::identity
