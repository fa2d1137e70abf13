#include "gatehouse/guard/bans.hpp"

#include <algorithm>
#include <mutex>

namespace gatehouse::guard {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr auto kCleanWeek = std::chrono::weeks(1);
constexpr auto kWideningWindow = std::chrono::minutes(10);
constexpr unsigned kWideningChildren = 4;
constexpr std::uint32_t kMaxStrikes = 20;
constexpr std::size_t kMaxParents = 100'000;
constexpr std::uint64_t kJitterPercent = 10;

// Strikes that count now: one less for each week since the last ban ended.
std::uint32_t strikes_left(const Ban& ban, WallTime now) {
  if (now <= ban.expires_at) return ban.strikes;
  const auto weeks = (now - ban.expires_at) / kCleanWeek;
  return weeks >= ban.strikes ? 0 : ban.strikes - static_cast<std::uint32_t>(weeks);
}

}  // namespace

bool Bans::is_exempt(const IpAddress& client) const {
  return client.is_loopback() || std::ranges::any_of(settings_.never, [&](const IpPrefix& prefix) {
           return prefix.contains(client);
         });
}

std::optional<Ban> Bans::find(const IpAddress& client, WallTime now) const {
  if (is_empty()) return std::nullopt;
  const std::shared_lock lock(mutex_);
  for (const unsigned length : lengths_) {
    const auto found = bans_.find(IpPrefix(client, length));
    if (found == bans_.end() || found->second.expires_at <= now) continue;
    if (is_exempt(client)) return std::nullopt;
    return found->second;
  }
  return std::nullopt;
}

Duration Bans::length_of(std::uint32_t strikes) {
  Duration length = settings_.base;
  for (std::uint32_t i = 0; i < strikes && length < settings_.greatest; ++i) length *= 2;
  length = std::min(length, settings_.greatest);
  // Else whoever is banned together comes back together.
  const auto percent = 100 - kJitterPercent + random_.below(2 * kJitterPercent + 1);
  return length / 100 * static_cast<std::int64_t>(percent);
}

// Forgets bans that are over, so that the table never has to give up one that holds.
bool Bans::make_room(WallTime now) {
  if (bans_.size() < kMaxBans) return true;
  std::erase_if(bans_, [&](const auto& entry) { return entry.second.expires_at <= now; });
  count_ = bans_.size();
  return bans_.size() < kMaxBans;
}

std::optional<Ban> Bans::begin_one(const IpPrefix& prefix, const std::string& reason,
                                   WallTime now) {
  const auto known = bans_.find(prefix);
  if (known == bans_.end() && !make_room(now)) return std::nullopt;
  Ban& ban = bans_[prefix];
  if (ban.expires_at > now) return std::nullopt;  // it holds already
  const std::uint32_t strikes = strikes_left(ban, now);
  const auto length = duration_cast<milliseconds>(length_of(strikes));
  ban = {.prefix = prefix,
         .begins_at = now,
         .expires_at = now + length,
         .strikes = std::min(strikes + 1, kMaxStrikes),
         .reason = reason};
  count_ = bans_.size();
  note_length(prefix.length());
  return ban;
}

void Bans::note_length(unsigned length) {
  const auto place = std::ranges::lower_bound(lengths_, length);
  if (place == lengths_.end() || *place != length) lengths_.insert(place, length);
}

// The network of a client that was banned, once enough of its neighbours have been.
std::optional<IpPrefix> Bans::widened(const IpPrefix& prefix, WallTime now) {
  if (prefix.address().is_v4()) return std::nullopt;  // an IPv4 network has too many owners
  const unsigned length = prefix.length() == 64 ? 56U : prefix.length() == 56 ? 48U : 0U;
  if (length == 0) return std::nullopt;
  const IpPrefix parent(prefix.address(), length);
  if (children_.size() >= kMaxParents)
    std::erase_if(children_,
                  [&](const auto& entry) { return entry.second.since + kWideningWindow < now; });
  if (children_.size() >= kMaxParents && !children_.contains(parent)) return std::nullopt;
  Children& children = children_[parent];
  if (children.since + kWideningWindow < now) children = {.since = now};
  if (++children.count < kWideningChildren) return std::nullopt;
  children_.erase(parent);
  return parent;
}

std::vector<Ban> Bans::begin(const IpPrefix& client, std::string reason, WallTime now) {
  std::vector<Ban> begun;
  if (is_exempt(client.address())) return begun;
  const std::unique_lock lock(mutex_);
  std::optional<IpPrefix> next = client;
  while (next) {
    auto ban = begin_one(*next, reason, now);
    if (!ban) break;
    begun.push_back(std::move(*ban));
    next = widened(*next, now);
    reason = "ban.neighbours";
  }
  return begun;
}

void Bans::load(const std::vector<Ban>& bans) {
  const std::unique_lock lock(mutex_);
  for (const Ban& ban : bans) {
    const auto known = bans_.find(ban.prefix);
    if (known == bans_.end() && bans_.size() >= kMaxBans) continue;
    if (known != bans_.end() && known->second.begins_at > ban.begins_at) continue;  // not kept yet
    bans_[ban.prefix] = ban;
    note_length(ban.prefix.length());
  }
  count_ = bans_.size();
}

std::size_t Bans::active(WallTime now) const {
  const std::shared_lock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      bans_, [&](const auto& entry) { return entry.second.expires_at > now; }));
}

}  // namespace gatehouse::guard
