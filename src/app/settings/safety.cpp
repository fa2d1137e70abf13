#include "safety.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <ranges>
#include <string>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/guard/price_table.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/identity/openid/metadata.hpp"
#include "gatehouse/responders/route/route.hpp"

namespace gatehouse::settings {
namespace {

constexpr std::string_view kHowToMake = " Make one with: openssl rand -base64 48";

// Letters and digits alone, lower case: "your-secret-key" and "YourSecretKey" are one default.
constexpr std::array<std::string_view, 8> kWholeDefaults = {
    "secret", "dev", "development", "test", "default", "password", "admin", "none",
};
constexpr std::array<std::string_view, 17> kDefaultPieces = {
    "changeme",      "changethis",    "changeinproduction", "replaceme",   "replacewith",
    "replacethis",   "yoursecret",    "yoursupersecret",    "supersecret", "secretkey",
    "defaultsecret", "devsecret",     "testsecret",         "mysecret",    "insecure",
    "placeholder",   "examplesecret",
};
constexpr std::string_view kCounting = "12345678";

std::string letters_and_digits(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char lower = to_lower_ascii(c);
    if (is_digit_ascii(lower) || (lower >= 'a' && lower <= 'z')) out += lower;
  }
  return out;
}

bool is_plain_and_elsewhere(std::string_view url) {
  const auto upstream = http::Upstream::parse(url);
  if (!upstream || upstream->is_secure || upstream->host == "localhost") return false;
  const auto address = IpAddress::parse(upstream->host);
  return !address || !address->is_loopback();
}

bool has_default_piece(std::string_view plain) {
  return std::ranges::any_of(kDefaultPieces, [&](auto piece) { return plain.contains(piece); });
}

class SafetyCheck {
 public:
  SafetyCheck(Loaded& loaded, const Files& files)
      : loaded_(loaded), settings_(loaded.settings), files_(files) {}

  void run() {
    check_bind();
    check_secrets();
    check_origins();
    check_tls();
    check_proxies();
    check_hosts();
    check_responders();
    check_n8n();
    check_jwt();
    check_route();
    check_openid();
    check_prices();
    check_rest();
  }

 private:
  void stop(std::string_view key, std::string message) {
    loaded_.problems.push_back({std::string(key), std::move(message), true});
  }
  void warn(std::string_view key, std::string message) {
    loaded_.problems.push_back({std::string(key), std::move(message), false});
  }
  void refuse_in_production(std::string_view key, std::string message) {
    loaded_.problems.push_back({std::string(key), std::move(message), settings_.is_production()});
  }
  bool is_public() const { return !settings_.server.listen.address.is_loopback(); }

  void check_bind();
  void check_secrets();
  void check_secret(std::string_view key, std::string_view secret, std::string_view which = {});
  void check_lent_secrets();
  const Value& value_of(std::string_view key) const {
    return loaded_.entries[static_cast<std::size_t>(find_setting(key) - all_settings().data())]
        .value;
  }
  bool is_told(std::string_view key) const {
    return std::ranges::any_of(loaded_.problems,
                               [&](const Problem& problem) { return problem.setting == key; });
  }
  void check_origins();
  void check_tls();
  void check_certificate();
  void check_proxies();
  void check_hosts();
  void check_responders();
  void check_n8n();
  void check_jwt();
  void check_route();
  void check_openid();
  void check_prices();
  std::vector<std::string> models() const;
  void check_rest();

  Loaded& loaded_;
  const Settings& settings_;
  const Files& files_;
};

void SafetyCheck::check_bind() {
  if (!is_public()) return;
  const auto address = settings_.server.listen.to_string();
  if (!settings_.is_production()) {
    warn("server.listen", "DEVELOPMENT MODE IS OPEN TO OTHER MACHINES on " + address +
                              ". Whoever reaches it meets relaxed checks: set "
                              "GATEHOUSE_ENV=production, or listen on 127.0.0.1.");
  } else if (!settings_.tls.is_enabled && !settings_.tls.is_behind_proxy) {
    stop("server.listen",
         address +
             " is open to other machines without TLS. Set TLS_ENABLED with a certificate, or "
             "TLS_BEHIND_PROXY=true when a proxy in front ends TLS.");
  }
}

void SafetyCheck::check_secret(std::string_view key, std::string_view secret,
                               std::string_view which) {
  const auto least = find_setting(key)->least;
  if (is_well_known_secret(secret)) {
    refuse_in_production(
        key, std::string(which) + "is a default or easy to guess." + std::string(kHowToMake));
  } else if (secret.size() < least) {
    refuse_in_production(key, std::string(which) + "has " + std::to_string(secret.size()) +
                                  " characters; it needs " + std::to_string(least) + " or more." +
                                  std::string(kHowToMake));
  }
}

void SafetyCheck::check_secrets() {
  if (!settings_.session.secret.is_empty()) {
    check_secret("session.secret", settings_.session.secret.reveal());
  } else if (settings_.is_production() && !is_told("session.secret")) {
    stop("session.secret",
         "is missing. Set SESSION_SECRET or SESSION_SECRET_FILE to at least 32 "
         "random characters." +
             std::string(kHowToMake));
  }
  if (!settings_.metrics_token.is_empty()) {
    check_secret("metrics_token", settings_.metrics_token.reveal());
  }
  for (const auto entry : split(settings_.api_keys.reveal(), ',')) {
    const auto colon = entry.find(':');
    if (colon == std::string_view::npos) continue;
    check_secret("api_keys", entry.substr(colon + 1),
                 "the key named " + std::string(entry.substr(0, colon)) + " ");
  }
  for (const auto canary : split(settings_.guard.canaries.reveal(), ','))
    check_secret("guard.canaries", canary, "one of them ");
  check_lent_secrets();
}

// What others have made for us: how long it is, is theirs to say. But nobody makes a placeholder.
void SafetyCheck::check_lent_secrets() {
  for (const auto key :
       {"openai.api_key", "vault.token", "google.client_secret", "openid.client_secret"}) {
    const auto* secret = std::get_if<Secret>(&value_of(key));
    if (secret != nullptr && has_default_piece(letters_and_digits(secret->reveal())))
      refuse_in_production(key, "is a placeholder. Put in what you were given.");
  }
  const auto* address = std::get_if<std::string>(&value_of("vault.address"));
  if (address != nullptr && is_plain_and_elsewhere(*address))
    warn("vault.address", "is not https: the token and the secrets travel in the clear.");
}

void SafetyCheck::check_origins() {
  if (settings_.cors.allows_any_origin && settings_.cors.allows_credentials) {
    stop("cors.origins",
         "* together with credentials lets any website act as your visitors. List "
         "the origins, or set CORS_ALLOW_CREDENTIALS=false.");
  } else if (settings_.cors.allows_any_origin) {
    refuse_in_production("cors.origins", "* lets any website call. List the origins.");
  }
  for (const auto& origin : settings_.cors.origins) {
    if (settings_.is_production() && origin.starts_with("http://")) {
      warn("cors.origins", origin + " is not https: whoever is on its path can act for it.");
    }
  }
}

void SafetyCheck::check_certificate() {
  const auto& tls = settings_.tls;
  if (tls.certificate_path.empty() != tls.key_path.empty()) {
    const bool lacks_key = tls.key_path.empty();
    stop(lacks_key ? "tls.key_path" : "tls.cert_path",
         std::string("is missing: a certificate and its key go together. Set ") +
             (lacks_key ? "TLS_KEY_PATH." : "TLS_CERT_PATH."));
    return;
  }
  if (tls.certificate_path.empty()) {
    stop("tls.enabled",
         "TLS needs a certificate: set TLS_CERT_PATH and TLS_KEY_PATH, or in "
         "development TLS_SELF_SIGNED=p256.");
    return;
  }
  if (tls.self_signed != TlsSettings::SelfSigned::kOff) return;  // made at the start
  if (!files_.exists(tls.certificate_path)) {
    stop("tls.cert_path", "there is no file " + tls.certificate_path + ".");
  }
  if (!files_.exists(tls.key_path)) stop("tls.key_path", "there is no file " + tls.key_path + ".");
}

void SafetyCheck::check_tls() {
  const auto& tls = settings_.tls;
  const bool is_self_signed = tls.self_signed != TlsSettings::SelfSigned::kOff;
  if (is_self_signed && settings_.is_production()) {
    stop("tls.self_signed",
         "a self-signed certificate is for development. Set TLS_CERT_PATH and "
         "TLS_KEY_PATH.");
  }
  if (tls.is_enabled) {
    check_certificate();
    return;
  }
  if (is_self_signed || !tls.certificate_path.empty() || !tls.key_path.empty()) {
    warn("tls.enabled", "a certificate is set up, but TLS is off. Set TLS_ENABLED=true.");
  }
  if (tls.redirect_listen && !tls.is_behind_proxy) {
    stop("tls.redirect_listen", "there is no HTTPS to send requests to. Set TLS_ENABLED=true.");
  }
}

void SafetyCheck::check_proxies() {
  const auto& proxies = settings_.server.trusted_proxies;
  if (settings_.tls.is_behind_proxy && proxies.empty()) {
    warn("server.trusted_proxies",
         "the proxy of tls.behind_proxy is not named, so its X-Forwarded-For is not believed and "
         "all visitors share the limits of one. Set GATEHOUSE_TRUSTED_PROXIES.");
  }
  for (const auto& prefix : proxies) {
    // Lengths count 128 bits: an IPv4 /8 is 104.
    const unsigned widest = prefix.address().is_v4() && prefix.length() >= 96 ? 96 + 8 : 16;
    if (prefix.length() < widest) {
      warn("server.trusted_proxies", prefix.to_string() +
                                         " is so wide that visitors could choose the address they "
                                         "are counted under.");
    }
  }
}

void SafetyCheck::check_hosts() {
  const auto& url = settings_.server.public_url;
  if (const auto parsed = http::Upstream::parse(url)) {
    if (!parsed->base_path.empty()) {
      stop("server.public_url", "must end after the host: " + url + " has a path.");
    }
    if (settings_.is_production() && !parsed->is_secure && is_public()) {
      warn("server.public_url", url + " is not https: session cookies would travel in the clear.");
    }
  }
  const bool is_named = !std::holds_alternative<std::monostate>(value_of("server.hosts"));
  if (is_public() && url.empty() && !is_named) {
    std::string answered;
    for (const auto& host : settings_.server.hosts)
      answered += (answered.empty() ? "" : ", ") + host;
    warn("server.hosts", "no public host name is set, so requests are answered only for " +
                             answered + ". Set GATEHOUSE_PUBLIC_URL.");
  }
}

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

void SafetyCheck::check_rest() {
  if (settings_.is_debug) {
    refuse_in_production("debug", "is on. It is for development: set DEBUG=false.");
  }
  if (!settings_.documents.empty() && !files_.exists(settings_.documents)) {
    stop("documents", "there is no folder " + settings_.documents + ".");
  }
  if (settings_.limits.window && !settings_.limits.requests) {
    warn("limits.window_s", "does nothing without limits.requests (RATE_LIMIT_REQUESTS).");
  }
  if (settings_.limits.fail_mode == LimitSettings::FailMode::kOpen) {
    warn("limits.fail_open", "nobody is limited while the counters are away.");
  }
}

}  // namespace

bool is_well_known_secret(std::string_view secret) {
  constexpr std::size_t kLeastDistinctCharacters = 8;  // a random one of 32 hex digits has 14
  const auto plain = letters_and_digits(secret);
  if (std::ranges::find(kWholeDefaults, plain) != kWholeDefaults.end()) return true;
  if (has_default_piece(plain) || plain.contains(kCounting)) return true;
  std::bitset<256> seen;
  for (const char c : secret) seen.set(static_cast<unsigned char>(c));
  return seen.count() < std::min(kLeastDistinctCharacters, secret.size());
}

void check_safety(Loaded& loaded, const Files& files) { SafetyCheck(loaded, files).run(); }

}  // namespace gatehouse::settings
