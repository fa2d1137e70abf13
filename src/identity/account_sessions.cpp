#include "gatehouse/identity/account_sessions.hpp"

#include <algorithm>
#include <mutex>

#include "gatehouse/base/id.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kTokenCharacters = 43;
constexpr std::size_t kMaxAgentBytes = 200;

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::kUnauthenticated, "The session has ended. Sign in again.",
              "account session: " + std::string(why));
}

std::chrono::milliseconds in_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

}  // namespace

std::string_view kept_agent(std::string_view agent) {
  agent = agent.substr(0, kMaxAgentBytes);
  return agent.substr(0, scan_utf8(agent).bytes);
}

AccountSessions::AccountSessions(const Clock& clock, Random& random, const Secret& secret,
                                 AccountSessionSettings settings)
    : clock_(clock),
      random_(random),
      settings_(settings),
      csrf_key_(secret, "gatehouse account csrf") {}

AccountSessions::Entry::Entry(AccountSession from)
    : session(std::make_shared<const AccountSession>(std::move(from))),
      seen_ms(unix_ms(session->seen_at)),
      kept_ms(unix_ms(session->seen_at)) {}

WallTime AccountSessions::expires_at(const AccountSession& session) const {
  return std::min(session.created_at + in_ms(settings_.lifetime),
                  session.seen_at + in_ms(settings_.idle_timeout));
}

AccountSession AccountSessions::copy_of(const Entry& entry) {
  AccountSession session = *entry.session;
  session.seen_at =
      WallTime{std::chrono::milliseconds(entry.seen_ms.load(std::memory_order_relaxed))};
  return session;
}

bool AccountSessions::is_alive(const Entry& entry, WallTime now) const {
  const WallTime seen{std::chrono::milliseconds(entry.seen_ms.load(std::memory_order_relaxed))};
  return now < entry.session->created_at + in_ms(settings_.lifetime) &&
         now < seen + in_ms(settings_.idle_timeout);
}

Result<IssuedAccountSession> AccountSessions::issue(const Account& account,
                                                    const SessionOrigin& origin,
                                                    const AccountSession* replaced) const {
  const WallTime now = clock_.wall();
  Secret token(random_token(random_, kTokenBytes));
  IssuedAccountSession issued{.session = {.id = make_uuid_v7(now, random_),
                                          .token_hash = crypto::sha256(token.reveal()),
                                          .site = account.site,
                                          .account_id = account.id,
                                          .account_name = account.name,
                                          .role = account.role,
                                          .created_at = now,
                                          .seen_at = now,
                                          .user_agent = std::string(kept_agent(origin.user_agent)),
                                          .network = origin.network},
                              .token = std::move(token),
                              .ended = {}};
  auto others = of_account(account.id);
  if (replaced != nullptr) {
    issued.ended.push_back(replaced->id);
    std::erase_if(others, [&](const AccountSession& other) { return other.id == replaced->id; });
  }
  std::ranges::sort(others, {}, &AccountSession::seen_at);
  for (std::size_t left = others.size(), at = 0; left >= settings_.per_account; --left, ++at) {
    if (settings_.refuses_more) {
      return fail(ErrorCode::kConflict,
                  "You are signed in as often as you may be. Sign out somewhere else first.");
    }
    issued.ended.push_back(others[at].id);
  }
  return issued;
}

AccountSessions::Entry& AccountSessions::insert(AccountSession session) {
  const crypto::Digest key = session.token_hash;
  const auto [at, is_new] = entries_.try_emplace(key, std::move(session));
  if (!is_new) return at->second;
  by_id_.emplace(at->second.session->id, at);
  by_account_.emplace(at->second.session->account_id, at);
  return at->second;
}

AccountSessions::Entries::iterator AccountSessions::erase(Entries::iterator at) {
  by_id_.erase(at->second.session->id);
  const auto [first, last] = by_account_.equal_range(at->second.session->account_id);
  by_account_.erase(std::find_if(first, last, [&](const auto& each) { return each.second == at; }));
  return entries_.erase(at);
}

void AccountSessions::add(const IssuedAccountSession& issued) {
  end(issued.ended);
  const std::unique_lock lock(mutex_);
  ++generation_;
  insert(issued.session);
}

void AccountSessions::end(const std::vector<std::string>& ids) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  for (const auto& id : ids) {
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) erase(found->second);
  }
}

Result<VerifiedSession> AccountSessions::verify(std::string_view token,
                                                const SessionOrigin& origin) {
  if (token.size() != kTokenCharacters) return refused("malformed");
  const auto hash = crypto::sha256(token);
  const WallTime now = clock_.wall();
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(hash);
  if (found == entries_.end()) return refused("unknown or ended");
  Entry& entry = found->second;
  if (!is_alive(entry, now)) return refused("expired");
  entry.seen_ms.store(unix_ms(now), std::memory_order_relaxed);
  const auto& session = entry.session;
  return VerifiedSession{.session = session,
                         .has_other_agent = kept_agent(origin.user_agent) != session->user_agent,
                         .has_other_network = origin.network != session->network};
}

std::string AccountSessions::csrf_token(const AccountSession& session) const {
  return to_base64url(crypto::as_text(csrf_key_.sign(crypto::as_text(session.token_hash))));
}

bool AccountSessions::is_csrf_token(const AccountSession& session,
                                    std::string_view csrf_token) const {
  return crypto::equals_in_constant_time(this->csrf_token(session), csrf_token);
}

std::vector<AccountSession> AccountSessions::of_account(std::string_view account_id) const {
  const WallTime now = clock_.wall();
  std::vector<AccountSession> found;
  const std::shared_lock lock(mutex_);
  const auto [first, last] = by_account_.equal_range(account_id);
  for (auto at = first; at != last; ++at) {
    const Entry& entry = at->second->second;
    if (is_alive(entry, now)) found.push_back(copy_of(entry));
  }
  std::ranges::sort(found, std::ranges::greater(), &AccountSession::created_at);
  return found;
}

bool AccountSessions::has_session(std::string_view id) const {
  const WallTime now = clock_.wall();
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(id);
  return found != by_id_.end() && is_alive(found->second->second, now);
}

std::uint64_t AccountSessions::active() const {
  const WallTime now = clock_.wall();
  const std::shared_lock lock(mutex_);
  return static_cast<std::uint64_t>(std::ranges::count_if(
      entries_, [&](const auto& each) { return is_alive(each.second, now); }));
}

std::uint64_t AccountSessions::generation() const {
  const std::shared_lock lock(mutex_);
  return generation_;
}

bool AccountSessions::load(std::vector<AccountSession> sessions, std::uint64_t generation) {
  const std::unique_lock lock(mutex_);
  if (generation != generation_) return false;
  std::map<crypto::Digest, std::int64_t> seen_here;
  for (const auto& [hash, entry] : entries_) seen_here.emplace(hash, entry.seen_ms.load());
  by_id_.clear();
  by_account_.clear();
  entries_.clear();
  for (auto& session : sessions) {
    const auto seen = seen_here.find(session.token_hash);
    Entry& entry = insert(std::move(session));
    if (seen != seen_here.end()) entry.seen_ms = std::max(entry.seen_ms.load(), seen->second);
  }
  return true;
}

std::vector<SeenSession> AccountSessions::take_seen() {
  std::vector<SeenSession> seen;
  const std::unique_lock lock(mutex_);
  for (auto& [hash, entry] : entries_) {
    const std::int64_t at = entry.seen_ms.load(std::memory_order_relaxed);
    if (at == entry.kept_ms) continue;
    entry.kept_ms = at;
    seen.push_back({.id = entry.session->id, .at = WallTime{std::chrono::milliseconds(at)}});
  }
  return seen;
}

void AccountSessions::remove_expired() {
  const WallTime now = clock_.wall();
  const std::unique_lock lock(mutex_);
  for (auto at = entries_.begin(); at != entries_.end();)
    at = is_alive(at->second, now) ? std::next(at) : erase(at);
}

}  // namespace gatehouse::identity
