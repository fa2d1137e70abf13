#include "gatehouse/identity/openid/key_set.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"
#include "string_list.hpp"

namespace gatehouse::identity::openid {
namespace {

constexpr std::size_t kMaxKidBytes = 256;
constexpr std::size_t kHeaderDepth = 4;  // x5c and jwk are read over
constexpr std::size_t kSetDepth = 6;

std::optional<std::string> bytes_in(const codec::JsonValue& jwk, std::string_view name) {
  return from_base64url(jwk[name].string_or_empty());
}

bool is_for_signatures(const codec::JsonValue& jwk) {
  if (jwk["use"].is_given() && jwk["use"].string() != "sig") return false;
  const auto operations = jwk["key_ops"];
  return !operations.is_given() || lists(operations, "verify");
}

std::optional<crypto::JwsPublicKey> key_in(const codec::JsonValue& jwk) {
  const auto kind = jwk["kty"].string_or_empty();
  const auto curve = jwk["crv"].string_or_empty();
  if (kind == "RSA") {
    const auto modulus = bytes_in(jwk, "n");
    const auto exponent = bytes_in(jwk, "e");
    if (modulus && exponent) return crypto::JwsPublicKey::of_rsa(*modulus, *exponent);
  }
  if (kind == "EC" && curve == "P-256") {
    const auto x = bytes_in(jwk, "x");
    const auto y = bytes_in(jwk, "y");
    if (x && y) return crypto::JwsPublicKey::of_p256(*x, *y);
  }
  if (kind == "OKP" && curve == "Ed25519") {
    if (const auto x = bytes_in(jwk, "x")) return crypto::JwsPublicKey::of_ed25519(*x);
  }
  return std::nullopt;
}

std::optional<ProviderKey> read_key(const codec::JsonValue& jwk) {
  const auto kid = jwk["kid"];
  if (kid.is_given() && (!kid.is_string() || kid.string()->size() > kMaxKidBytes))
    return std::nullopt;
  if (!jwk.is_object() || !is_for_signatures(jwk)) return std::nullopt;
  auto key = key_in(jwk);
  if (!key) return std::nullopt;
  const auto algorithm = jwk["alg"];
  if (algorithm.is_given() && algorithm.string() != crypto::name_of(key->algorithm()))
    return std::nullopt;
  return ProviderKey{.kid = std::string(kid.string_or_empty()), .key = std::move(*key)};
}

}  // namespace

std::unexpected<Error> refused(std::string_view code) {
  return fail(ErrorCode::kUnauthenticated, "The provider's answer does not hold.",
              std::string(code));
}

Result<TokenHeader> read_token_header(std::string_view token) {
  const auto parts = crypto::split_jws(token, kMaxTokenBytes);
  if (!parts) return refused("malformed");
  const auto json = from_base64url(parts->header);
  if (!json) return refused("malformed");
  codec::JsonReader reader({.depth = kHeaderDepth});
  const auto object = reader.read(*json);
  if (!object || !object->is_object()) return refused("malformed");
  const auto kid = (*object)["kid"];
  const auto type = (*object)["typ"];
  if ((kid.exists() && !kid.is_string()) || (type.exists() && !type.is_string()))
    return refused("malformed");
  // Nothing that may stand in `crit` is understood here, and so it must not be passed over.
  if ((*object)["crit"].exists()) return refused("critical_header");
  const auto algorithm = crypto::jws_algorithm_of((*object)["alg"].string_or_empty());
  if (!algorithm || *algorithm == crypto::JwsAlgorithm::kHs256) return refused("wrong_algorithm");
  return TokenHeader{.kid = std::string(kid.string_or_empty()),
                     .algorithm = *algorithm,
                     .type = to_lower_ascii(type.string_or_empty())};
}

Result<KeySet> KeySet::read(std::string_view json) {
  const auto wrong = [](std::string_view why) {
    return fail(ErrorCode::kUpstreamFailed, "The provider can't be used at the moment.",
                "openid keys: " + std::string(why));
  };
  if (json.size() > kMaxKeySetBytes) return wrong("too large");
  codec::JsonReader reader({.depth = kSetDepth});
  const auto object = reader.read(json);
  if (!object || !(*object)["keys"].is_array()) return wrong("no set of keys");
  if ((*object)["keys"].size() > kMaxKeys) return wrong("too many");
  std::vector<ProviderKey> keys;
  for (const auto jwk : (*object)["keys"].elements()) {
    if (auto key = read_key(jwk)) keys.push_back(std::move(*key));
  }
  return KeySet(std::move(keys));
}

Result<std::string> KeySet::payload_of(std::string_view token, const TokenHeader& header) const {
  const auto parts = crypto::split_jws(token, kMaxTokenBytes);
  if (!parts) return refused("malformed");
  std::vector<const ProviderKey*> named;
  for (const auto& each : keys_) {
    const bool is_meant =
        header.kid.empty() ? each.key.algorithm() == header.algorithm : each.kid == header.kid;
    if (is_meant) named.push_back(&each);
  }
  if (named.empty()) return refused(kUnknownKey);
  // Without a name only the one that there is can be meant (OpenID Connect Core §10.1).
  if (header.kid.empty() && named.size() > 1) return refused("no_key_named");
  std::erase_if(named,
                [&](const ProviderKey* each) { return each->key.algorithm() != header.algorithm; });
  if (named.empty()) return refused("wrong_algorithm");
  if (std::ranges::none_of(named, [&](const auto* each) { return each->key.has_signed(*parts); }))
    return refused("wrong_signature");
  auto payload = from_base64url(parts->payload);
  if (!payload) return refused("malformed");
  return std::move(*payload);
}

}  // namespace gatehouse::identity::openid
