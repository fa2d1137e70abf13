#include "gatehouse/identity/api_keys.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <span>

#include "gatehouse/base/text.hpp"
#include "gatehouse/identity/totp.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::string_view kPrefix = "gh_";
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kChecksumCharacters = 4;
constexpr std::size_t kMaxKeyCharacters = 256;
constexpr std::size_t kMaxNameCharacters = 64;

struct ScopeName {
  Scope scope;
  std::string_view name;
};
constexpr std::array<ScopeName, 2> kScopes = {{{Scope::kAi, "ai"}, {Scope::kMetrics, "metrics"}}};

std::string random_base32(Random& random, std::size_t bytes) {
  std::string raw(bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(raw)));
  return to_lower_ascii(to_base32(raw));
}

std::string checksum_of(std::string_view key) {
  const auto digest = crypto::sha256(key);
  return to_lower_ascii(to_base32(crypto::as_text(digest)).substr(0, kChecksumCharacters));
}

// What stands between the second and the third underscore.
std::string_view id_in(std::string_view key) {
  const auto after_site = key.find('_', kPrefix.size());
  if (after_site == std::string_view::npos) return {};
  const auto after_id = key.find('_', after_site + 1);
  if (after_id == std::string_view::npos) return {};
  return key.substr(after_site + 1, after_id - after_site - 1);
}

std::unexpected<Error> refused(std::string why) {
  return fail(ErrorCode::kUnauthenticated, "That API key is not known here.", std::move(why));
}

}  // namespace

std::optional<std::uint8_t> scopes_of(std::string_view names) {
  std::uint8_t scopes = 0;
  for (const auto name : split(names, ',')) {
    const auto* const found = std::ranges::find(kScopes, name, &ScopeName::name);
    if (found == kScopes.end()) return std::nullopt;
    scopes = static_cast<std::uint8_t>(scopes | static_cast<std::uint8_t>(found->scope));
  }
  if (scopes == 0) return std::nullopt;
  return scopes;
}

std::string names_of(std::uint8_t scopes) {
  std::string names;
  for (const auto& [scope, name] : kScopes) {
    if ((scopes & static_cast<std::uint8_t>(scope)) != 0)
      names.append(names.empty() ? "" : ",").append(name);
  }
  return names;
}

Result<std::string> read_key_name(std::string_view text) {
  const auto scan = scan_utf8(text);
  const auto name = trim(text);
  const bool has_controls = std::ranges::any_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!scan.is_valid || has_controls || name.empty() || scan.characters > kMaxNameCharacters)
    return fail_field("name", "A key's name has 1 to 64 characters and stands on one line.");
  return std::string(name);
}

IssuedApiKey issue_api_key(ApiKeyRecord wanted, WallTime now, Random& random) {
  wanted.id = random_base32(random, kIdBytes);
  wanted.created_at = now;
  std::string key = std::string(kPrefix) + wanted.site + "_" + wanted.id + "_" +
                    random_base32(random, kSecretBytes);
  key += checksum_of(key);
  wanted.key_hash = crypto::sha256(key);
  return {.record = std::move(wanted), .key = Secret(std::move(key))};
}

bool is_api_key_form(std::string_view text) {
  if (!text.starts_with(kPrefix) || text.size() > kMaxKeyCharacters || id_in(text).empty())
    return false;
  const auto end = text.size() - kChecksumCharacters;
  return checksum_of(text.substr(0, end)) == text.substr(end);
}

ApiKeys::ApiKeys(const Clock& clock, Random& random) : clock_(clock), fingerprinter_(random) {}

void ApiKeys::add(ApiKeyRecord key) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  const std::string id = key.id;
  by_id_[id].record = std::make_shared<const ApiKeyRecord>(std::move(key));
}

void ApiKeys::remove(std::string_view id) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  std::erase_if(known_, [&](const auto& each) { return each.second == &found->second; });
  by_id_.erase(found);
}

bool ApiKeys::is_empty() const {
  const std::shared_lock lock(mutex_);
  return by_id_.empty();
}

Result<std::shared_ptr<const ApiKeyRecord>> ApiKeys::use(Entry& entry) {
  const WallTime now = clock_.wall();
  if (entry.record->expires_at && now >= *entry.record->expires_at) return refused("expired");
  entry.used_ms.store(unix_ms(now), std::memory_order_relaxed);
  return entry.record;
}

Result<std::shared_ptr<const ApiKeyRecord>> ApiKeys::verify(std::string_view key) {
  if (!key.starts_with(kPrefix) || key.size() > kMaxKeyCharacters)
    return refused("unknown API key");
  const auto fingerprint = fingerprinter_.of(key);
  {
    const std::shared_lock lock(mutex_);
    const auto known = known_.find(fingerprint);
    if (known != known_.end()) return use(*known->second);
  }
  const std::unique_lock lock(mutex_);
  const auto found = by_id_.find(id_in(key));
  if (found == by_id_.end()) return refused("unknown API key");
  const auto hash = crypto::sha256(key);
  if (!crypto::equals_in_constant_time(crypto::as_text(hash),
                                       crypto::as_text(found->second.record->key_hash))) {
    return refused("the secret of an API key is wrong");
  }
  known_.emplace(fingerprint, &found->second);
  return use(found->second);
}

std::uint64_t ApiKeys::generation() const {
  const std::shared_lock lock(mutex_);
  return generation_;
}

bool ApiKeys::load(std::vector<ApiKeyRecord> keys, std::uint64_t generation) {
  const std::unique_lock lock(mutex_);
  if (generation != generation_) return false;
  std::map<std::string, std::int64_t> used_here;
  for (const auto& [id, entry] : by_id_) used_here.emplace(id, entry.used_ms.load());
  known_.clear();
  by_id_.clear();
  for (auto& key : keys) {
    Entry& entry = by_id_[key.id];
    const std::int64_t kept = key.used_at ? unix_ms(*key.used_at) : 0;
    const auto used = used_here.find(key.id);
    entry.kept_ms = kept;
    entry.used_ms = used == used_here.end() ? kept : std::max(kept, used->second);
    entry.record = std::make_shared<const ApiKeyRecord>(std::move(key));
  }
  return true;
}

std::vector<UsedKey> ApiKeys::take_used() {
  std::vector<UsedKey> used;
  const std::unique_lock lock(mutex_);
  for (auto& [id, entry] : by_id_) {
    const std::int64_t at = entry.used_ms.load(std::memory_order_relaxed);
    if (at == entry.kept_ms) continue;
    entry.kept_ms = at;
    used.push_back({.id = id, .at = WallTime{std::chrono::milliseconds(at)}});
  }
  return used;
}

}  // namespace gatehouse::identity
