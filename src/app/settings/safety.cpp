#include "safety.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <string>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/http/client.hpp"
#include "safety_check.hpp"

namespace gatehouse::settings {
namespace {

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

bool has_default_piece(std::string_view plain) {
  return std::ranges::any_of(kDefaultPieces, [&](auto piece) { return plain.contains(piece); });
}

}  // namespace

bool is_plain_and_elsewhere(std::string_view url) {
  const auto upstream = http::Upstream::parse(url);
  if (!upstream || upstream->is_secure || upstream->host == "localhost") return false;
  const auto address = IpAddress::parse(upstream->host);
  return !address || !address->is_loopback();
}

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
