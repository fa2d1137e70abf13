#include "gatehouse/identity/sign_in_throttle.hpp"

#include <algorithm>
#include <string>

#include "gatehouse/base/hash.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::uint32_t kFreeFailures = 3;         // from one network
constexpr std::uint32_t kFailuresWithoutWait = 5;  // from one network
constexpr std::uint32_t kFreeFailuresOfAll = 10;
constexpr std::uint32_t kMaxWaitSeconds = 15 * 60;
constexpr std::uint32_t kMaxDoublings = 10;
constexpr Duration kMemory = std::chrono::hours(1);
constexpr std::size_t kMaxEntries = 65'536;

Duration wait_after(std::uint32_t failures) {
  if (failures < kFailuresWithoutWait) return {};
  const std::uint32_t doublings = std::min(failures - kFailuresWithoutWait, kMaxDoublings);
  return std::chrono::seconds(std::min(1U << doublings, kMaxWaitSeconds));
}

}  // namespace

SignInThrottle::SignInThrottle(const Clock& clock, Random& random)
    : clock_(clock), seed_low_(random.next_u64()), seed_high_(random.next_u64()) {}

std::uint64_t SignInThrottle::key_of(std::string_view site, std::string_view name) const {
  return keyed_hash(std::string(site) + '\n' + std::string(name), seed_low_, seed_high_);
}

std::uint64_t SignInThrottle::key_of(std::uint64_t account, const IpPrefix& client) const {
  return keyed_hash(client, seed_low_ ^ account, ~seed_high_);
}

std::uint32_t SignInThrottle::count_of(std::uint64_t key) const {
  const auto found = failures_.find(key);
  if (found == failures_.end() || clock_.now() - found->second.last > kMemory) return 0;
  return found->second.count;
}

void SignInThrottle::add(std::uint64_t key) {
  const std::uint32_t before = count_of(key);
  auto [at, is_new] = failures_.try_emplace(key);
  if (!is_new) by_age_.erase(at->second.age);
  at->second = {
      .count = before + 1, .last = clock_.now(), .age = by_age_.insert(by_age_.end(), key)};
  if (failures_.size() <= kMaxEntries) return;
  failures_.erase(by_age_.front());
  by_age_.pop_front();
}

void SignInThrottle::remove(std::uint64_t key, std::uint32_t count) {
  const auto found = failures_.find(key);
  if (found == failures_.end()) return;
  found->second.count -= std::min(count, found->second.count);
  if (found->second.count > 0) return;
  by_age_.erase(found->second.age);
  failures_.erase(found);
}

SignInThrottle::Decision SignInThrottle::begin(std::string_view site, std::string_view name,
                                               const IpPrefix& client, bool has_worked) {
  const std::uint64_t account = key_of(site, name);
  const std::uint64_t here = key_of(account, client);
  const std::lock_guard lock(mutex_);
  const std::uint32_t failures_here = count_of(here);
  if (const Duration wait = wait_after(failures_here); wait > Duration::zero()) {
    const Duration left = failures_.at(here).last + wait - clock_.now();
    if (left > Duration::zero()) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
      return {.next = Next::kWait, .retry_after_s = static_cast<std::uint32_t>(seconds)};
    }
  }
  const bool needs_work = failures_here >= kFreeFailures || count_of(account) >= kFreeFailuresOfAll;
  if (needs_work && !has_worked) return {.next = Next::kWork};
  add(account);
  add(here);
  return {};
}

void SignInThrottle::forgive(std::string_view site, std::string_view name, const IpPrefix& client) {
  const std::uint64_t account = key_of(site, name);
  const std::uint64_t here = key_of(account, client);
  const std::lock_guard lock(mutex_);
  const std::uint32_t forgiven = count_of(here);
  remove(here, forgiven);
  remove(account, forgiven);
}

void SignInThrottle::take_back(std::string_view site, std::string_view name,
                               const IpPrefix& client) {
  const std::uint64_t account = key_of(site, name);
  const std::lock_guard lock(mutex_);
  remove(key_of(account, client), 1);
  remove(account, 1);
}

}  // namespace gatehouse::identity
