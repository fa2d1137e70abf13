#include "gatehouse/identity/refresh_families.hpp"

#include <algorithm>
#include <span>

#include "gatehouse/base/id.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity {
namespace {

// gr1.<family>.<generation>.<MAC>: the MAC is over site, family and generation, under a key of the
// family's secret.
constexpr std::string_view kVersion = "gr1.";
constexpr std::size_t kUuidCharacters = 36;
constexpr std::size_t kMacCharacters = 43;
constexpr std::size_t kMaxTokenBytes = 128;
constexpr std::size_t kSecretBytes = 32;

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::kUnauthenticated, "That token does not hold. Sign in again.",
              std::string(why));
}

std::unexpected<Error> cannot_open() {
  return fail(ErrorCode::kUnavailable, "Tokens can't be refreshed at the moment.",
              "a refresh family can't be opened: it was sealed with a key that store.key_file "
              "doesn't have");
}

std::chrono::milliseconds in_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

std::string context_of(const RefreshFamily& family) { return family.site + "/" + family.id; }

WallTime end_of(const RefreshFamily& family, const RefreshSettings& settings) {
  return std::min(family.created_at + in_ms(settings.lifetime),
                  family.refreshed_at + in_ms(settings.idle_timeout));
}

LiveFamily live_of(const FoundFamily& found) {
  return {.id = found.family.id, .account_id = found.account.id, .epoch = found.account.epoch};
}

}  // namespace

RefreshStep next_step(const RefreshFamily& family, std::uint64_t presented,
                      const TokenClient& client, WallTime now, const RefreshSettings& settings) {
  if (now >= end_of(family, settings)) return RefreshStep::kExpired;
  if (presented == family.generation) return RefreshStep::kRotate;
  const bool is_just_before = presented + 1 == family.generation;
  const bool is_in_time = now - family.refreshed_at <= in_ms(RefreshFamilies::kGrace);
  return is_just_before && is_in_time && client == family.client ? RefreshStep::kRepeat
                                                                 : RefreshStep::kReuse;
}

RefreshFamilies::RefreshFamilies(RefreshFamilyStore& store, LiveFamilies& live,
                                 crypto::Sealer sealer, const Clock& clock, Random& random,
                                 RefreshSettings settings)
    : store_(store),
      live_(live),
      sealer_(std::move(sealer)),
      clock_(clock),
      random_(random),
      settings_(settings) {}

WallTime RefreshFamilies::expires_at(const RefreshFamily& family) const {
  return end_of(family, settings_);
}

std::optional<RefreshFamilies::Presented> RefreshFamilies::read(std::string_view token) {
  if (!token.starts_with(kVersion) || token.size() > kMaxTokenBytes) return std::nullopt;
  const auto rest = token.substr(kVersion.size());
  const auto last = rest.rfind('.');
  if (last == std::string_view::npos || last < kUuidCharacters + 2 || rest[kUuidCharacters] != '.')
    return std::nullopt;
  const auto id = rest.substr(0, kUuidCharacters);
  const auto digits = rest.substr(kUuidCharacters + 1, last - kUuidCharacters - 1);
  const auto mac = rest.substr(last + 1);
  const auto generation = parse_u64(digits);
  // The MAC is over the number, so it must not have two spellings.
  const bool is_canonical = generation && std::to_string(*generation) == digits;
  if (!is_uuid(id) || !is_canonical || mac.size() != kMacCharacters) return std::nullopt;
  return Presented{.id = std::string(id), .generation = *generation, .mac = std::string(mac)};
}

std::optional<Secret> RefreshFamilies::token_of(const RefreshFamily& family,
                                                std::uint64_t generation) const {
  auto secret = sealer_.open(family.sealed_secret, context_of(family));
  if (!secret) return std::nullopt;
  const crypto::MacKey key(Secret(std::move(*secret)), "gatehouse refresh token");
  std::string token(kVersion);
  token.append(family.id).append(".").append(std::to_string(generation));
  const auto mac = key.sign(family.site + "|" + token);
  token += '.';
  append_base64url(token, crypto::as_text(mac));
  return Secret(std::move(token));
}

Result<IssuedRefresh> RefreshFamilies::issued(FoundFamily found) const {
  auto token = token_of(found.family, found.family.generation);
  if (!token) return cannot_open();
  const WallTime expires_at = end_of(found.family, settings_);
  const WallTime family_ends_at = found.family.created_at + in_ms(settings_.lifetime);
  return IssuedRefresh{.family = std::move(found.family),
                       .account = std::move(found.account),
                       .token = std::move(*token),
                       .expires_at = expires_at,
                       .family_ends_at = family_ends_at};
}

async::Task<Result<IssuedRefresh>> RefreshFamilies::begin(async::Worker& home, Account account,
                                                          TokenClient client, audit::Event event) {
  std::string bytes(kSecretBytes, '\0');
  random_.fill(std::as_writable_bytes(std::span(bytes)));
  const Secret secret(std::move(bytes));
  const WallTime now = clock_.wall();
  RefreshFamily family{.id = make_uuid_v7(now, random_),
                       .site = account.site,
                       .account_id = account.id,
                       .sealed_secret = {},
                       .created_at = now,
                       .refreshed_at = now,
                       .client = std::move(client)};
  family.sealed_secret = sealer_.seal(secret.reveal(), context_of(family), random_);
  event.detail = "tokens:" + family.id;
  const auto ended =
      co_await store_.add(home, family, account.epoch, settings_.per_account, std::move(event));
  if (!ended) co_return std::unexpected(ended.error());
  FoundFamily found{.family = std::move(family), .account = std::move(account)};
  live_.end(*ended);
  live_.add(live_of(found));
  co_return issued(std::move(found));
}

async::Task<Result<std::optional<FoundFamily>>> RefreshFamilies::family_of(async::Worker& home,
                                                                           std::string site,
                                                                           Presented presented) {
  auto found = co_await store_.find(home, std::move(site), presented.id);
  if (!found || !*found) co_return found;
  const auto expected = token_of((**found).family, presented.generation);
  if (!expected) co_return cannot_open();
  const auto token = expected->reveal();
  if (!crypto::equals_in_constant_time(token.substr(token.size() - kMacCharacters), presented.mac))
    found->reset();
  co_return found;
}

async::Task<RefreshOutcome> RefreshFamilies::end_reused(async::Worker& home, FoundFamily found,
                                                        audit::Event event) {
  event.action = audit::action::kTokensReuse;
  event.actor = "anonymous";
  event.subject = "account:" + found.account.id;
  event.detail = "tokens:" + found.family.id;
  event.outcome = audit::Outcome::kRefused;
  live_.end({found.family.id});
  const auto ended =
      co_await store_.end(home, found.family.site, found.family.id, std::move(event));
  RefreshOutcome outcome{.issued = refused("used_again"),
                         .account_id = found.account.id,
                         .family_id = found.family.id,
                         .is_reuse = true};
  if (!ended) outcome.issued = std::unexpected(ended.error());
  co_return outcome;
}

async::Task<RefreshOutcome> RefreshFamilies::refresh(async::Worker& home, std::string site,
                                                     Secret token, TokenClient client,
                                                     audit::Event event) {
  const auto presented = read(token.reveal());
  if (!presented) co_return RefreshOutcome{.issued = refused("malformed")};
  // Whoever is second finds the generation raised, and asks once more what that means.
  for (int turn = 0; turn < 2; ++turn) {
    auto found = co_await family_of(home, site, *presented);
    if (!found) co_return RefreshOutcome{.issued = std::unexpected(found.error())};
    if (!*found) {
      co_return RefreshOutcome{
          .issued = refused("unknown_or_ended"), .account_id = {}, .family_id = presented->id};
    }
    FoundFamily& known = **found;
    const WallTime now = clock_.wall();
    const auto step = next_step(known.family, presented->generation, client, now, settings_);
    RefreshOutcome outcome{
        .issued = refused("expired"), .account_id = known.account.id, .family_id = known.family.id};
    if (step == RefreshStep::kExpired) co_return outcome;
    if (step == RefreshStep::kReuse)
      co_return co_await end_reused(home, std::move(known), std::move(event));
    if (step == RefreshStep::kRotate) {
      const auto is_first =
          co_await store_.advance(home, site, known.family.id, presented->generation, client, now);
      if (!is_first) {
        outcome.issued = std::unexpected(is_first.error());
        co_return outcome;
      }
      if (!*is_first) continue;
      known.family.generation += 1;
      known.family.refreshed_at = now;
      known.family.client = client;
    }
    outcome.issued = issued(std::move(known));
    co_return outcome;
  }
  co_return RefreshOutcome{
      .issued = refused("unknown_or_ended"), .account_id = {}, .family_id = presented->id};
}

async::Task<Result<void>> RefreshFamilies::revoke(async::Worker& home, std::string site,
                                                  Secret token, audit::Event event) {
  const auto presented = read(token.reveal());
  if (!presented) co_return Result<void>();
  auto found = co_await family_of(home, std::move(site), *presented);
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return Result<void>();
  event.actor = event.subject = "account:" + (**found).account.id;
  const auto ended = co_await end(home, std::move((**found).account),
                                  std::move((**found).family.id), std::move(event));
  if (!ended) co_return std::unexpected(ended.error());
  co_return Result<void>();
}

async::Task<Result<bool>> RefreshFamilies::end(async::Worker& home, Account owner, std::string id,
                                               audit::Event event) {
  const auto found = co_await store_.find(home, owner.site, id);
  if (!found) co_return std::unexpected(found.error());
  if (!*found || (**found).family.account_id != owner.id) co_return false;
  live_.end({id});  // refused at once, and on disk before anybody hears of it
  event.action = audit::action::kTokensEnded;
  event.detail = "tokens:" + id;
  co_return co_await store_.end(home, owner.site, std::move(id), std::move(event));
}

async::Task<Result<std::vector<RefreshFamily>>> RefreshFamilies::list(async::Worker& home,
                                                                      Account owner) {
  auto families = co_await store_.list(home, owner.site, owner.id);
  if (!families) co_return families;
  const WallTime now = clock_.wall();
  std::erase_if(*families, [&](const RefreshFamily& each) { return now >= expires_at(each); });
  co_return families;
}

}  // namespace gatehouse::identity
