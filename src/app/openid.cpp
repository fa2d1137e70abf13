#include "openid.hpp"

#include "account_links.hpp"
#include "key_files.hpp"

namespace gatehouse::app {
namespace {

using identity::openid::Provider;
using identity::openid::ProviderSettings;

std::vector<ProviderSettings> settings_of(const settings::Settings& settings) {
  const auto& from = settings.openid;
  const auto redirect_uri = [&](const char* id) {
    return origin_of(settings) + "/api/v1/auth/openid/" + id + "/callback";
  };
  std::vector<ProviderSettings> providers;
  if (!from.google_client_id.empty()) {
    providers.push_back({.id = "google",
                         .name = "Google",
                         .issuer = "https://accounts.google.com",
                         .client_id = from.google_client_id,
                         .client_secret = from.google_client_secret,
                         .scopes = from.scopes,
                         .redirect_uri = redirect_uri("google"),
                         .is_google = true});
  }
  if (!from.issuer.empty()) {
    providers.push_back({.id = "openid",
                         .name = from.name,
                         .issuer = from.issuer,
                         .client_id = from.client_id,
                         .client_secret = from.client_secret,
                         .scopes = from.scopes,
                         .redirect_uri = redirect_uri("openid")});
  }
  return providers;
}

}  // namespace

std::unique_ptr<OpenIdUnit> make_openid_unit(House& house, async::Worker& worker,
                                             telemetry::Counters& counters) {
  const auto& from = house.settings.openid;
  auto unit = std::make_unique<OpenIdUnit>(OpenIdUnit{
      .transports = {},
      .providers = {
          .all = {},
          .sealer = identity::openid::FlowSealer(house.sealers->openid_flows, house.random),
          .rules = {.domains = from.domains,
                    .creates_accounts = from.creates_accounts,
                    .role_claim = from.role_claim,
                    .operators = from.operators,
                    .analysts = from.analysts},
          .public_url = origin_of(house.settings)}});
  for (auto& settings : settings_of(house.settings)) {
    auto& transport = *unit->transports.emplace_back(std::make_unique<openid::HttpTransport>(
        worker, house.resolver, house.client_tls, settings.issuer, counters));
    unit->providers.all.push_back(
        std::make_unique<Provider>(std::move(settings), transport, house.clock));
  }
  return unit;
}

}  // namespace gatehouse::app
