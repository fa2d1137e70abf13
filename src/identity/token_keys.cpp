#include "gatehouse/identity/token_keys.hpp"

#include <algorithm>
#include <mutex>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::identity {
namespace {

// A token lives 15 minutes, clocks differ by half a minute, and servers hear of a new key within
// seconds.
constexpr auto kOverlap = std::chrono::minutes(20);
constexpr std::size_t kKidBytes = 12;

std::string context_of(const StoredTokenKey& key) { return key.site + "/" + key.kid; }

std::string header_of(const StoredTokenKey& key) {
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("alg", crypto::name_of(key.algorithm))
      .member("kid", key.kid)
      .member("typ", "at+jwt")
      .end_object();
  return json;
}

std::optional<TokenKey> open(const StoredTokenKey& stored, const crypto::Sealer& sealer) {
  auto secret = sealer.open(stored.sealed_secret, context_of(stored));
  if (!secret) return std::nullopt;
  auto key = crypto::JwsKey::from_secret(stored.algorithm, Secret(std::move(*secret)));
  if (!key) return std::nullopt;
  std::string json = header_of(stored);
  std::string header = to_base64url(json);
  return TokenKey{.kid = stored.kid,
                  .key = std::move(*key),
                  .header_json = std::move(json),
                  .header = std::move(header),
                  .accepted_until = stored.accepted_until};
}

bool is_accepted(const TokenKey& key, WallTime now) {
  return !key.accepted_until || now < *key.accepted_until;
}

}  // namespace

KeyRotation make_rotation(crypto::JwsAlgorithm algorithm, bool ends_all,
                          const crypto::Sealer& sealer, WallTime now, Random& random) {
  StoredTokenKey fresh{.kid = random_token(random, kKidBytes),
                       .algorithm = algorithm,
                       .sealed_secret = {},
                       .created_at = now};
  const auto key = crypto::JwsKey::make(algorithm, random);
  fresh.sealed_secret = sealer.seal(key.secret().reveal(), context_of(fresh), random);
  return {.fresh = std::move(fresh), .others_until = now + kOverlap, .ends_all = ends_all};
}

const TokenKey* TokenKeyRing::signing() const {
  const auto found =
      std::ranges::find_if(keys_, [](const TokenKey& key) { return !key.accepted_until; });
  return found == keys_.end() ? nullptr : &*found;
}

const TokenKey* TokenKeyRing::by_header(std::string_view header, WallTime now) const {
  const auto found = std::ranges::find(keys_, header, &TokenKey::header);
  return found == keys_.end() || !is_accepted(*found, now) ? nullptr : &*found;
}

std::string TokenKeyRing::public_keys_json(WallTime now) const {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("keys").begin_array();
  for (const auto& each : keys_) {
    const auto* const public_key = each.key.public_key();
    if (public_key == nullptr || !is_accepted(each, now)) continue;
    json.begin_object()
        .member("kty", "OKP")
        .member("crv", "Ed25519")
        .member("x", to_base64url(crypto::as_text(*public_key)))
        .member("kid", each.kid)
        .member("use", "sig")
        .member("alg", crypto::name_of(each.key.algorithm()))
        .end_object();
  }
  json.end_array().end_object();
  return out;
}

Result<void> TokenKeys::load(const std::vector<StoredTokenKey>& stored,
                             const crypto::Sealer& sealer) {
  std::vector<TokenKey> keys;
  std::string closed;
  for (const auto& each : stored) {
    auto key = open(each, sealer);
    if (key) {
      keys.push_back(std::move(*key));
    } else {
      closed += " " + each.kid;
    }
  }
  auto ring = std::make_shared<const TokenKeyRing>(std::move(keys));
  {
    const std::unique_lock lock(mutex_);
    ring_ = std::move(ring);
    generation_.fetch_add(1, std::memory_order_release);
  }
  if (closed.empty()) return {};
  return fail(ErrorCode::kUnavailable, "Tokens can't be checked at the moment.",
              "store.key_file has not the key that sealed these token keys:" + closed +
                  ". What they signed is refused, and refresh tokens of that time wait. Put the "
                  "right file there, or end them all with `gatehouse keys rotate --now`.");
}

std::shared_ptr<const TokenKeyRing> TokenKeys::ring() const {
  const std::shared_lock lock(mutex_);
  return ring_;
}

}  // namespace gatehouse::identity
