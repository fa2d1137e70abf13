#include "gatehouse/identity/openid/id_token.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "string_list.hpp"

namespace gatehouse::identity::openid {
namespace {

constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxIdBytes = 255;
constexpr std::size_t kMaxEmailBytes = 254;
constexpr std::size_t kMaxRoles = 256;
constexpr std::size_t kMaxAudiences = 16;
constexpr std::uint64_t kMaxUnixSeconds = 100'000'000'000;
constexpr std::string_view kLogoutEvent = "http://schemas.openid.net/event/backchannel-logout";

std::chrono::milliseconds in_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

std::optional<WallTime> time_in(const codec::JsonValue& claims, std::string_view name) {
  const auto seconds = claims[name].natural();
  if (!seconds || *seconds > kMaxUnixSeconds) return std::nullopt;
  return WallTime{std::chrono::milliseconds(*seconds * 1000)};
}

// Visible ASCII; empty where it is missing or anything else.
std::string_view id_in(const codec::JsonValue& claims, std::string_view name) {
  const auto text = claims[name].string_or_empty();
  const bool is_visible = std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7F; });
  return is_visible && text.size() <= kMaxIdBytes ? text : std::string_view();
}

// RFC 7519 §4.1.3, and who the token was made for where there are several.
Result<void> check_audience(const codec::JsonValue& claims, std::string_view client_id) {
  const auto audience = claims["aud"];
  const auto authorized = claims["azp"];
  if (authorized.exists() && authorized.string() != client_id) return refused("wrong_azp");
  if (audience.is_string()) {
    if (audience.string() != client_id) return refused("wrong_audience");
    return {};
  }
  const bool is_whole =
      audience.size() <= kMaxAudiences && texts_in(audience).size() == audience.size();
  if (!is_whole || !lists(audience, client_id)) return refused("wrong_audience");
  if (audience.size() > 1 && !authorized.exists()) return refused("wrong_azp");
  return {};
}

// `exp` may be missing in logout tokens of old.
Result<void> check_times(const codec::JsonValue& claims, WallTime now, bool needs_expiry) {
  const auto issued_at = time_in(claims, "iat");
  const auto expires_at = time_in(claims, "exp");
  if (!issued_at) return refused("no_iat");
  if (!expires_at && (needs_expiry || claims["exp"].exists())) return refused("no_exp");
  if (expires_at && now >= *expires_at + in_ms(kClockSkew)) return refused("expired");
  if (*issued_at > now + in_ms(kClockSkew)) return refused("issued_in_the_future");
  if (*issued_at + in_ms(kMaxAge) + in_ms(kClockSkew) < now) return refused("issued_long_ago");
  if (!claims["nbf"].exists()) return {};
  const auto not_before = time_in(claims, "nbf");
  if (!not_before || *not_before > now + in_ms(kClockSkew)) return refused("not_valid_yet");
  return {};
}

// OpenID Connect Core §3.1.3.6: the left half of the hash that the signature uses.
Result<void> check_access_token(const codec::JsonValue& claims, std::string_view access_token,
                                crypto::JwsAlgorithm algorithm) {
  const auto given = claims["at_hash"];
  if (!given.exists()) return {};
  if (!given.is_string() || access_token.empty()) return refused("wrong_at_hash");
  std::string hash;
  if (algorithm == crypto::JwsAlgorithm::kEdDsa) {
    hash = crypto::as_text(crypto::sha512(access_token));
  } else {
    hash = crypto::as_text(crypto::sha256(access_token));
  }
  hash.resize(hash.size() / 2);
  if (!crypto::equals_in_constant_time(to_base64url(hash), *given.string()))
    return refused("wrong_at_hash");
  return {};
}

void read_roles(const codec::JsonValue& object, std::string_view name, IdClaims& claims) {
  if (name.empty()) return;
  const auto value = object[name];
  claims.has_roles = value.is_string() || value.is_array();
  if (value.is_string()) claims.roles.emplace_back(*value.string());
  for (const auto each : texts_in(value)) {
    if (claims.roles.size() < kMaxRoles) claims.roles.emplace_back(each);
  }
}

// As far as it goes here: what comes before the one @ and behind it, and no blanks.
bool is_address(std::string_view text) {
  const auto at = text.find('@');
  const bool is_whole = at != std::string_view::npos && at == text.rfind('@') && at > 0 &&
                        at + 1 < text.size() && text.size() <= kMaxEmailBytes;
  return is_whole && std::ranges::none_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= ' ' || byte == 0x7F;
         });
}

// Accounts are named by addresses, so what is none must not be taken for a name.
void read_email(const codec::JsonValue& object, IdClaims& claims) {
  const auto email = object["email"].string_or_empty();
  if (!is_address(email)) return;
  claims.email = to_lower_ascii(email);
  claims.is_email_verified = object["email_verified"].boolean().value_or(false);
}

// Of a type that is none, or one of these.
bool is_of_type(const TokenHeader& header, std::initializer_list<std::string_view> types) {
  std::string_view type = header.type;
  constexpr std::string_view kApplication = "application/";
  if (type.starts_with(kApplication)) type.remove_prefix(kApplication.size());
  return type.empty() || std::ranges::find(types, type) != types.end();
}

// Of a token that the provider signed, of it and for us, and that holds now. Valid as long as
// `reader` reads nothing else.
Result<codec::JsonValue> read_claims(codec::JsonReader& reader, std::string_view token,
                                     const TokenHeader& header, const KeySet& keys,
                                     const Expected& expected, WallTime now, bool needs_expiry) {
  const auto payload = keys.payload_of(token, header);
  if (!payload) return std::unexpected(payload.error());
  const auto object = reader.read(*payload);
  if (!object || !object->is_object()) return refused("malformed_claims");
  if ((*object)["iss"].string() != expected.issuer) return refused("wrong_issuer");
  if (auto held = check_audience(*object, expected.client_id); !held)
    return std::unexpected(held.error());
  if (auto held = check_times(*object, now, needs_expiry); !held)
    return std::unexpected(held.error());
  return *object;
}

}  // namespace

Result<IdClaims> read_id_token(std::string_view token, const KeySet& keys, const Expected& expected,
                               WallTime now) {
  const auto header = read_token_header(token);
  if (!header) return std::unexpected(header.error());
  if (!is_of_type(*header, {"jwt"})) return refused("wrong_type");
  codec::JsonReader reader({.depth = kMaxDepth});
  const auto object = read_claims(reader, token, *header, keys, expected, now, true);
  if (!object) return std::unexpected(object.error());
  if (expected.nonce.empty() ||
      !crypto::equals_in_constant_time((*object)["nonce"].string_or_empty(), expected.nonce))
    return refused("wrong_nonce");
  if (auto held = check_access_token(*object, expected.access_token, header->algorithm); !held)
    return std::unexpected(held.error());
  IdClaims claims{.subject = std::string(id_in(*object, "sub")),
                  .email = {},
                  .hosted_domain = to_lower_ascii(id_in(*object, "hd")),
                  .session_id = std::string(id_in(*object, "sid")),
                  .roles = {}};
  if (claims.subject.empty()) return refused("no_subject");
  read_email(*object, claims);
  read_roles(*object, expected.role_claim, claims);
  return claims;
}

Result<IdClaims> with_userinfo(IdClaims claims, std::string_view json, const Expected& expected) {
  codec::JsonReader reader({.depth = kMaxDepth});
  const auto object = reader.read(json);
  if (!object || !object->is_object()) return refused("malformed_userinfo");
  if ((*object)["sub"].string() != claims.subject) return refused("userinfo_of_another");
  if (claims.email.empty()) read_email(*object, claims);
  if (claims.hosted_domain.empty()) claims.hosted_domain = to_lower_ascii(id_in(*object, "hd"));
  if (!claims.has_roles) read_roles(*object, expected.role_claim, claims);
  return claims;
}

Result<LogoutClaims> read_logout_token(std::string_view token, const KeySet& keys,
                                       const Expected& expected, WallTime now) {
  const auto header = read_token_header(token);
  if (!header) return std::unexpected(header.error());
  if (!is_of_type(*header, {"jwt", "logout+jwt"})) return refused("wrong_type");
  codec::JsonReader reader({.depth = kMaxDepth});
  const auto object = read_claims(reader, token, *header, keys, expected, now, false);
  if (!object) return std::unexpected(object.error());
  if (!(*object)["events"][kLogoutEvent].is_object()) return refused("no_logout_event");
  // Else an ID token could be taken for one.
  if ((*object)["nonce"].exists()) return refused("has_nonce");
  LogoutClaims claims{.subject = std::string(id_in(*object, "sub")),
                      .session_id = std::string(id_in(*object, "sid")),
                      .token_id = std::string(id_in(*object, "jti")),
                      .expires_at = now + in_ms(kMaxAge) + 2 * in_ms(kClockSkew)};
  if (claims.token_id.empty()) return refused("no_jti");
  if (claims.subject.empty() && claims.session_id.empty()) return refused("no_subject");
  return claims;
}

}  // namespace gatehouse::identity::openid
