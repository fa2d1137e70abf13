#include <algorithm>
#include <ranges>
#include <string>

#include "gatehouse/base/text.hpp"
#include "gatehouse/guard/price_table.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/identity/openid/metadata.hpp"
#include "gatehouse/responders/route/route.hpp"
#include "safety_check.hpp"

namespace gatehouse::settings {

void SafetyCheck::check_responders() {
  const auto& openai = settings_.openai;
  if (openai.api_key.is_empty() || !is_plain_and_elsewhere(openai.backend.url)) return;
  warn("openai.base_url", "is not https: the API key travels in the clear.");
}

void SafetyCheck::check_n8n() {
  using enum N8nSettings::Auth;
  const auto& n8n = settings_.n8n;
  if (!n8n.is_used()) {
    if (!n8n.api_key.is_empty()) warn("n8n.api_key", "does nothing without N8N_WEBHOOK_URL.");
    return;
  }
  if (const auto url = http::Upstream::parse(n8n.backend.url); !url)
    stop("n8n.webhook_url", url.error().client_message);
  if (is_plain_and_elsewhere(n8n.backend.url))
    warn("n8n.webhook_url", "is not https: what is said travels in the clear, and its credential.");
  const bool is_name =
      !n8n.api_key_header.empty() && std::ranges::all_of(n8n.api_key_header, [](char c) {
        const char lower = to_lower_ascii(c);
        return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_';
      });
  if (!is_name) stop("n8n.api_key_header", "must be a header's name, like X-API-Key.");
  if (n8n.auth == kHeader && n8n.api_key.is_empty())
    stop("n8n.auth", "is header, and there is no key: set N8N_API_KEY.");
  if (n8n.auth == kBasic && (n8n.user.empty() || n8n.password.is_empty()))
    stop("n8n.auth", "is basic: set N8N_USER and N8N_PASSWORD.");
  if (n8n.auth == kJwt && settings_.jwt.secret.is_empty())
    stop("n8n.auth", "is jwt, and there is no secret: set JWT_SECRET.");
}

void SafetyCheck::check_jwt() {
  const auto& secret = settings_.jwt.secret;
  if (secret.is_empty()) return;
  const bool is_used = settings_.n8n.is_used() && settings_.n8n.auth == N8nSettings::Auth::kJwt;
  if (!is_used) {
    warn("jwt.secret",
         "does nothing: it signs tokens for n8n, with N8N_WEBHOOK_URL and N8N_AUTH=jwt.");
    return;
  }
  check_secret("jwt.secret", secret.reveal());
  const auto least = find_setting("jwt.secret")->least;
  if (!settings_.is_production() && secret.size() < least) {
    stop("jwt.secret", "has fewer than " + std::to_string(least) +
                           " characters, too few to sign with." + std::string(kHowToMake));
  }
}

void SafetyCheck::check_line() {
  const auto& line = settings_.line;
  const bool has_secret = !line.channel_secret.is_empty();
  const bool has_token = !line.channel_access_token.is_empty();
  if (has_secret && !has_token) {
    stop("line.channel_access_token",
         "is missing: without it nothing that LINE delivers can be answered. Issue one in LINE's "
         "console and set LINE_CHANNEL_ACCESS_TOKEN.");
  }
  if (has_token && !has_secret) {
    stop("line.channel_secret",
         "is missing: without it nobody can tell LINE's webhooks from others. Copy it from LINE's "
         "console and set LINE_CHANNEL_SECRET.");
  }
  if (line.skips_network_check) {
    refuse_in_production("line.skips_network_check",
                         "takes webhooks from any address. It is for trying things out.");
  }
  if (!line.is_used()) return;
  if (const auto url = http::Upstream::parse(line.api_url); !url) {
    stop("line.api_url", url.error().client_message);
  } else if (!url->is_secure) {
    refuse_in_production("line.api_url", "is not https: the access token travels in the clear.");
  }
  if (!settings_.jobs.is_in_server)
    stop("jobs.in_server", "is false, and LINE's messages are answered by the server's own jobs.");
}

void SafetyCheck::check_route() {
  const auto names = settings_.responders();
  const auto& rules = settings_.route.rules;
  if (const auto route = responders::Route::read(rules, names); !route) {
    stop("route.rules", "can't be read. " + route.error().client_message);
  } else if (rules.empty() && names.size() > 2) {
    warn("route.rules", "is not set, so " + std::string(names[0]) + " answers everything and " +
                            std::string(names[1]) + " nothing.");
  }
}

void SafetyCheck::check_openid() {
  const auto& openid = settings_.openid;
  const auto needs = [&](std::string_view key, bool is_missing, std::string_view beside) {
    if (is_missing) stop(key, "is missing: it goes with " + std::string(beside) + ".");
  };
  const bool is_google = !openid.google_client_id.empty();
  needs("google.client_secret", is_google && openid.google_client_secret.is_empty(),
        "google.client_id");
  needs("google.client_id", !is_google && !openid.google_client_secret.is_empty(),
        "google.client_secret");
  needs("openid.client_id", !openid.issuer.empty() && openid.client_id.empty(), "openid.issuer");
  needs("openid.issuer", openid.issuer.empty() && !openid.client_id.empty(), "openid.client_id");
  if (!openid.issuer.empty()) {
    if (const auto usable = identity::openid::check_issuer(openid.issuer); !usable)
      stop("openid.issuer", usable.error().client_message);
  }
  if (!openid.is_used()) return;
  const auto scopes = split(openid.scopes, ' ');
  if (std::ranges::find(scopes, "openid") == scopes.end())
    stop("openid.scopes", "must have openid among them.");
  if (settings_.server.public_url.empty() && (settings_.is_production() || is_public())) {
    stop("server.public_url",
         "is missing: a provider sends people back to it. Set GATEHOUSE_PUBLIC_URL.");
  }
  const bool names_values = !openid.operators.empty() || !openid.analysts.empty();
  if (names_values && openid.role_claim.empty())
    stop("openid.role_claim", "is missing: openid.operators and openid.analysts are its values.");
}

// Each model that the route may ask.
std::vector<std::string> SafetyCheck::models() const {
  const auto names = settings_.responders();
  const auto route = responders::Route::read(settings_.route.rules, names);
  std::vector<std::string> models;
  const auto add = [&](std::string_view model) {
    if (!model.empty() && std::ranges::find(models, model) == models.end())
      models.emplace_back(model);
  };
  if (route && route->rules().empty()) add(settings_.model_of(names.front()));
  if (!route) return models;
  for (const auto& rule : route->rules()) {
    for (const auto& arm : rule.steps | std::views::join)
      add(arm.model.empty() ? settings_.model_of(arm.responder) : std::string_view(arm.model));
  }
  return models;
}

void SafetyCheck::check_prices() {
  const auto prices = guard::PriceTable::read(settings_.prices.models);
  if (!prices) return stop("prices.models", "can't be read. " + prices.error().client_message);
  const auto& limits = settings_.limits;
  if (limits.money_micros_per_day == 0 && limits.site_money_micros_per_day == 0) return;
  for (const auto& model : models()) {
    if (!prices->find(model)) {
      warn("prices.models", "has no price for " + model +
                                ", so limits of money let its answers through for nothing.");
    }
  }
}

}  // namespace gatehouse::settings
