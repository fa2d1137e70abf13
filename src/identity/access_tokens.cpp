#include "gatehouse/identity/access_tokens.hpp"

#include <algorithm>
#include <cstring>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::size_t kTokenIdBytes = 16;
constexpr std::size_t kMaxIdBytes = 64;
constexpr std::uint64_t kMaxUnixSeconds = 100'000'000'000;

std::unexpected<Error> refused(std::string_view why) {
  return fail(ErrorCode::kUnauthenticated, "That token does not hold. Get a new one.",
              "access token: " + std::string(why));
}

std::chrono::milliseconds in_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

// Nothing where the claim is missing, of another type, empty or too long.
std::optional<std::string> id_in(const codec::JsonValue& claims, std::string_view name) {
  const auto text = claims[name].string();
  if (!text || text->empty() || text->size() > kMaxIdBytes) return std::nullopt;
  return std::string(*text);
}

std::optional<WallTime> time_in(const codec::JsonValue& claims, std::string_view name) {
  const auto seconds = claims[name].natural();
  if (!seconds || *seconds > kMaxUnixSeconds) return std::nullopt;
  return WallTime{std::chrono::milliseconds(*seconds * 1000)};
}

Result<AccessClaims> claims_in(const codec::JsonValue& object) {
  auto account_id = id_in(object, "sub");
  auto family_id = id_in(object, "sid");
  auto token_id = id_in(object, "jti");
  auto site = id_in(object, "site");
  const auto role = role_of(object["role"].string_or_empty());
  const auto epoch = object["epoch"].natural();
  const auto issued_at = time_in(object, "iat");
  const auto expires_at = time_in(object, "exp");
  if (!account_id || !family_id || !token_id || !site || !role || !epoch || !issued_at ||
      !expires_at)
    return refused("a claim is missing or of another type");
  return AccessClaims{.account_id = std::move(*account_id),
                      .family_id = std::move(*family_id),
                      .token_id = std::move(*token_id),
                      .site = std::move(*site),
                      .role = *role,
                      .epoch = *epoch,
                      .issued_at = *issued_at,
                      .expires_at = *expires_at};
}

}  // namespace

Result<AccessClaims> read_claims(std::string_view json, const AccessTokenSettings& expected,
                                 WallTime now) {
  // Its memory is used again: to get it takes as long as to read what is in a token.
  thread_local codec::JsonReader reader({.depth = 1});
  const auto object = reader.read(json);
  if (!object || !object->is_object()) return refused("its claims are no flat JSON object");
  auto claims = claims_in(*object);
  if (!claims) return claims;
  if ((*object)["iss"].string() != expected.issuer) return refused("of another issuer");
  if ((*object)["aud"].string() != expected.audience) return refused("for another audience");
  if (claims->site != expected.site) return refused("of another site");
  const auto not_before = time_in(*object, "nbf");
  if (!not_before) return refused("a claim is missing or of another type");
  const auto skew = in_ms(AccessTokens::kClockSkew);
  if (*not_before > now + skew || claims->issued_at > now + skew) return refused("not valid yet");
  if (now >= claims->expires_at + skew) return refused("expired");
  if (claims->expires_at - claims->issued_at > in_ms(AccessTokens::kLifetime))
    return refused("of a longer life than is given");
  return claims;
}

AccessTokens::AccessTokens(const Clock& clock, Random& random, const TokenKeys& keys,
                           const LiveFamilies& families, AccessTokenSettings settings)
    : clock_(clock),
      random_(random),
      keys_(keys),
      families_(families),
      settings_(std::move(settings)),
      fingerprinter_(random) {}

Result<IssuedAccessToken> AccessTokens::issue(const Account& account, std::string_view family_id,
                                              WallTime family_ends_at) const {
  const auto ring = keys_.ring();
  const auto* const key = ring->signing();
  if (key == nullptr)
    return fail(ErrorCode::kUnavailable, "Tokens can't be made at the moment.", "no token key");
  const WallTime now = clock_.wall();
  const WallTime expires_at = std::min(now + in_ms(kLifetime), family_ends_at);
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("iss", settings_.issuer)
      .member("aud", settings_.audience)
      .member("sub", account.id)
      .member("sid", family_id)
      .member("jti", random_token(random_, kTokenIdBytes))
      .member("iat", unix_seconds(now))
      .member("nbf", unix_seconds(now))
      .member("exp", unix_seconds(expires_at))
      .member("site", account.site)
      .member("role", name_of(account.role))
      .member("epoch", account.epoch)
      .end_object();
  return IssuedAccessToken{.token = Secret(key->key.sign(key->header_json, json)),
                           .expires_at = expires_at};
}

AccessTokens::Set& AccessTokens::set_of(const crypto::Fingerprint& fingerprint) const {
  std::uint32_t bits = 0;
  std::memcpy(&bits, fingerprint.data(), sizeof bits);
  return sets_[bits % kSets];
}

std::shared_ptr<const AccessClaims> AccessTokens::held(const crypto::Fingerprint& fingerprint,
                                                       WallTime now) const {
  const std::uint64_t generation = keys_.generation();
  Set& set = set_of(fingerprint);
  const std::lock_guard lock(set.mutex);
  for (const Held& each : set.ways) {
    if (each.claims && each.fingerprint == fingerprint)
      return each.generation == generation && now < each.until ? each.claims : nullptr;
  }
  return nullptr;
}

// In the place of the one that was checked longest ago.
void AccessTokens::hold(Held held) const {
  Set& set = set_of(held.fingerprint);
  const std::lock_guard lock(set.mutex);
  const auto same = std::ranges::find(set.ways, held.fingerprint, &Held::fingerprint);
  const auto last = same == set.ways.end() ? std::prev(set.ways.end()) : same;
  std::move_backward(set.ways.begin(), last, std::next(last));
  set.ways.front() = std::move(held);
}

Result<AccessTokens::Held> AccessTokens::check(std::string_view token, WallTime now) const {
  const std::uint64_t generation = keys_.generation();
  const auto ring = keys_.ring();
  const auto parts = crypto::split_jws(token);
  if (!parts) return refused("malformed");
  const auto* const key = ring->by_header(parts->header, now);
  if (key == nullptr) return refused("of no key of this house");
  if (!key->key.has_signed(*parts)) return refused("not signed by its key");
  const auto payload = from_base64url(parts->payload);
  if (!payload) return refused("malformed");
  auto claims = read_claims(*payload, settings_, now);
  if (!claims) return std::unexpected(claims.error());
  WallTime until = claims->expires_at + in_ms(kClockSkew);
  if (key->accepted_until) until = std::min(until, *key->accepted_until);
  return Held{.claims = std::make_shared<const AccessClaims>(std::move(*claims)),
              .until = until,
              .generation = generation};
}

Result<std::shared_ptr<const AccessClaims>> AccessTokens::verify(std::string_view token) const {
  if (token.size() > crypto::kMaxJwsBytes) return refused("malformed");
  const WallTime now = clock_.wall();
  const auto fingerprint = fingerprinter_.of(token);
  auto claims = held(fingerprint, now);
  if (!claims) {
    auto checked = check(token, now);
    if (!checked) return std::unexpected(checked.error());
    checked->fingerprint = fingerprint;
    claims = checked->claims;
    hold(std::move(*checked));
  }
  if (!families_.is_alive(claims->family_id, claims->epoch)) return refused("ended");
  return claims;
}

}  // namespace gatehouse::identity
