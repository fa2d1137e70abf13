#include "gatehouse/identity/openid/metadata.hpp"

#include <algorithm>

#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/codec/header_values.hpp"
#include "gatehouse/codec/json.hpp"
#include "string_list.hpp"

namespace gatehouse::identity::openid {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxDepth = 8;
constexpr std::string_view kSecure = "https://";
constexpr std::string_view kPlain = "http://";

std::unexpected<Error> wrong(std::string why) {
  return fail(ErrorCode::kUpstreamFailed, "The provider can't be used at the moment.",
              "openid metadata: " + std::move(why));
}

// "127.0.0.1" of "http://127.0.0.1:8080"; an IPv6 address keeps its brackets.
std::string_view host_in(std::string_view origin) {
  auto host = origin.substr(origin.find("://") + 3);
  const auto end = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  return host.substr(0, end);
}

bool is_on_this_machine(std::string_view origin) {
  auto host = host_in(origin);
  if (host == "localhost") return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  return address && address->is_loopback();
}

// Whether it is a URL of visible ASCII, of https, or of this machine where that is allowed.
bool is_usable(std::string_view url, bool may_be_plain) {
  if (url.size() > kMaxUrlBytes) return false;
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7F && c != '#' && c != '\\'; };
  if (!std::ranges::all_of(url, is_visible)) return false;
  const auto origin = codec::normalised_origin(url);
  if (origin.empty()) return false;
  return url.starts_with(kSecure) ||
         (may_be_plain && url.starts_with(kPlain) && is_on_this_machine(origin));
}

struct EndpointField {
  std::string_view name;
  std::string ProviderMetadata::* place;
  bool is_needed;
};
constexpr EndpointField kEndpoints[] = {
    {"authorization_endpoint", &ProviderMetadata::authorization_endpoint, true},
    {"token_endpoint", &ProviderMetadata::token_endpoint, true},
    {"jwks_uri", &ProviderMetadata::jwks_uri, true},
    {"userinfo_endpoint", &ProviderMetadata::userinfo_endpoint, false},
    {"end_session_endpoint", &ProviderMetadata::end_session_endpoint, false},
};

}  // namespace

Result<void> check_issuer(std::string_view issuer) {
  if (!is_usable(issuer, true) || issuer.contains('?'))
    return fail(ErrorCode::kInvalid,
                "must be the provider's issuer, like https://login.example.com, exactly as its "
                "metadata says it. http is for this machine only.");
  return {};
}

std::string metadata_url(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<ProviderMetadata> read_metadata(std::string_view json, std::string_view issuer) {
  if (json.size() > kMaxMetadataBytes) return wrong("too large");
  codec::JsonReader reader({.depth = kMaxDepth});
  const auto object = reader.read(json);
  if (!object || !object->is_object()) return wrong("no JSON object");
  ProviderMetadata metadata{.issuer = std::string((*object)["issuer"].string_or_empty())};
  if (metadata.issuer != issuer) return wrong("of another issuer");
  const bool may_be_plain = issuer.starts_with(kPlain);
  for (const auto& endpoint : kEndpoints) {
    const auto url = (*object)[endpoint.name];
    if (!endpoint.is_needed && !url.is_given()) continue;
    if (!is_usable(url.string_or_empty(), may_be_plain))
      return wrong(std::string(endpoint.name) + " is missing, or not https");
    metadata.*endpoint.place = std::string(*url.string());
  }
  const auto responses = (*object)["response_types_supported"];
  if (responses.is_given() && !lists(responses, "code")) return wrong("no code flow");
  metadata.names_itself =
      (*object)["authorization_response_iss_parameter_supported"].boolean().value_or(false);
  const auto methods = (*object)["token_endpoint_auth_methods_supported"];
  metadata.takes_basic = !methods.is_given() || lists(methods, "client_secret_basic");
  return metadata;
}

}  // namespace gatehouse::identity::openid
