#include "gatehouse/crypto/jws.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::crypto {

std::string_view name_of(JwsAlgorithm algorithm) {
  constexpr std::array<std::string_view, 4> kNames = {"HS256", "EdDSA", "RS256", "ES256"};
  return kNames[static_cast<std::size_t>(algorithm)];
}

std::optional<JwsAlgorithm> jws_algorithm_of(std::string_view name) {
  using enum JwsAlgorithm;
  for (const auto algorithm : {kHs256, kEdDsa, kRs256, kEs256})
    if (name == name_of(algorithm)) return algorithm;
  return std::nullopt;
}

std::optional<JwsParts> split_jws(std::string_view token, std::size_t most_bytes) {
  if (token.size() > most_bytes) return std::nullopt;
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  const JwsParts parts{.header = token.substr(0, first),
                       .payload = token.substr(first + 1, last - first - 1),
                       .signature = token.substr(last + 1),
                       .signed_text = token.substr(0, last)};
  const bool has_more = parts.payload.find('.') != std::string_view::npos;
  if (has_more || parts.header.empty() || parts.payload.empty() || parts.signature.empty())
    return std::nullopt;
  return parts;
}

JwsKey JwsKey::make(JwsAlgorithm algorithm, Random& random) {
  std::string bytes(kSecretBytes, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return *from_secret(algorithm, Secret(std::move(bytes)));
}

std::optional<JwsKey> JwsKey::from_secret(JwsAlgorithm algorithm, Secret secret) {
  if (algorithm == JwsAlgorithm::kHs256) {
    if (secret.size() < kSecretBytes) return std::nullopt;
    return JwsKey(algorithm, std::move(secret), std::nullopt);
  }
  if (algorithm != JwsAlgorithm::kEdDsa) return std::nullopt;
  const Secret text(to_base64url(secret.reveal()));
  auto signer = SigningKey::from_text(text.reveal());
  if (!signer) return std::nullopt;
  return JwsKey(algorithm, std::move(secret), std::move(signer));
}

std::string JwsKey::sign(std::string_view header_json, std::string_view payload_json) const {
  std::string token = to_base64url(header_json);
  token += '.';
  append_base64url(token, payload_json);
  if (signer_) {
    const Signature signature = signer_->sign(token);
    token += '.';
    append_base64url(token, as_text(signature));
  } else {
    const Digest mac = hmac_sha256(secret_, token);
    token += '.';
    append_base64url(token, as_text(mac));
  }
  return token;
}

bool JwsKey::has_signed(const JwsParts& parts) const {
  const auto signature = from_base64url(parts.signature);
  if (!signature) return false;
  if (!signer_)
    return equals_in_constant_time(as_text(hmac_sha256(secret_, parts.signed_text)), *signature);
  Signature bytes;
  if (signature->size() != bytes.size()) return false;
  std::ranges::copy(*signature, bytes.begin());
  return is_signature(bytes, parts.signed_text, signer_->public_key());
}

}  // namespace gatehouse::crypto
