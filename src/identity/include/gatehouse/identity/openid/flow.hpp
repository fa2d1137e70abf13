// What a browser carries while somebody is at a provider, and what is asked of the provider.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gatehouse/base/clock.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/crypto/sealer.hpp"
#include "gatehouse/identity/openid/metadata.hpp"

namespace gatehouse::identity::openid {

// A provider as the operator has set it up.
struct ProviderSettings {
  std::string id;    // in paths: "google"
  std::string name;  // for people
  std::string issuer;
  std::string client_id;
  Secret client_secret;  // empty: a public client, which PKCE alone protects
  std::string scopes;
  std::string redirect_uri;
  bool is_google = false;  // its hosted domain is checked, too
};

enum class Purpose : std::uint8_t { kSignIn, kLink };

// One way to the provider and back. All of it stands in the browser's cookie, so nothing of it is
// kept here; the provider takes its code once.
struct Flow {
  static constexpr Duration kLifetime = std::chrono::minutes(10);

  std::string provider;
  std::string state;
  std::string nonce;
  std::string verifier;  // PKCE
  Purpose purpose = Purpose::kSignIn;
  std::string account_id;  // who links; else empty
  WallTime expires_at;
};
Flow make_flow(std::string_view provider, Purpose purpose, std::string account_id, WallTime now,
               Random& random);

// What waits for somebody's answer, once they are back.
struct Pending {
  enum class Kind : std::uint8_t { kLink, kCode };
  static constexpr Duration kLifetime = std::chrono::minutes(10);

  Kind kind = Kind::kLink;
  std::string provider;
  std::string issuer;
  std::string subject;
  std::string email;
  std::string session_id;   // the provider's, of kCode
  std::string account_id;   // who may say yes, or whose code it is
  std::uint64_t epoch = 0;  // of the account, of kCode: it may have changed since
  WallTime expires_at;
};

// Seals both for cookies. Immutable; safe from any thread.
class FlowSealer {
 public:
  FlowSealer(crypto::Sealer sealer, Random& random) : sealer_(std::move(sealer)), random_(random) {}

  std::string seal(const Flow& flow) const;
  std::string seal(const Pending& pending) const;
  // Nothing for what is not ours, of the other kind, or has expired.
  std::optional<Flow> open_flow(std::string_view cookie, WallTime now) const;
  std::optional<Pending> open_pending(std::string_view cookie, WallTime now) const;

 private:
  std::string seal(std::string_view json, std::string_view context) const;
  std::optional<std::string> open(std::string_view cookie, std::string_view context) const;

  const crypto::Sealer sealer_;
  Random& random_;
};

// Where the browser goes, with PKCE by S256.
std::string authorization_url(const ProviderMetadata& metadata, const ProviderSettings& settings,
                              const Flow& flow);

// What is sent to the token endpoint.
struct TokenRequest {
  std::string authorization;  // the header's value; empty: none
  std::string form;
};
TokenRequest token_request(const ProviderMetadata& metadata, const ProviderSettings& settings,
                           std::string_view code, const Flow& flow);

// Where a browser goes to sign out at the provider as well; empty where it has no such place.
std::string end_session_url(const ProviderMetadata& metadata, const ProviderSettings& settings,
                            std::string_view back_to, Random& random);

}  // namespace gatehouse::identity::openid
