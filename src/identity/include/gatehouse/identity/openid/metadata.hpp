// What a provider says of itself (OpenID Connect Discovery 1.0).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gatehouse/base/error.hpp"

namespace gatehouse::identity::openid {

inline constexpr std::size_t kMaxMetadataBytes = 64 * 1024;

struct ProviderMetadata {
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  std::string userinfo_endpoint;     // empty: none
  std::string end_session_endpoint;  // empty: none
  bool names_itself = false;         // its answers carry `iss` (RFC 9207)
  bool takes_basic = true;           // client_secret_basic, else client_secret_post
};

// An issuer as an operator may write it: https, or http on this machine, without query and
// fragment. The error says what is wrong with it.
Result<void> check_issuer(std::string_view issuer);

// Where the metadata of an issuer stands.
std::string metadata_url(std::string_view issuer);

// kUpstreamFailed for what is malformed, of another issuer, or names an endpoint that isn't https
// (or http on this machine, where the issuer is that, too).
Result<ProviderMetadata> read_metadata(std::string_view json, std::string_view issuer);

}  // namespace gatehouse::identity::openid
