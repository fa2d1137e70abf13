#include "gatehouse/identity/authenticator.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::identity {
namespace {

constexpr std::size_t kLeastKeyCharacters = 16;

std::unexpected<Error> unauthenticated(std::string message, std::string detail = {}) {
  return fail(ErrorCode::kUnauthenticated, std::move(message), std::move(detail));
}

std::unexpected<Error> wrong_token(Error error) {
  error.code = ErrorCode::kUnauthenticated;
  error.field = "Authorization";
  return std::unexpected(std::move(error));
}

std::unexpected<Error> without_csrf_token() {
  Error error{.code = ErrorCode::kForbidden,
              .client_message = "The request must carry the session's CSRF token.",
              .log_message = "missing or wrong CSRF token",
              .field = "X-CSRF-Token"};
  return std::unexpected(std::move(error));
}

}  // namespace

Result<std::vector<ApiKey>> parse_api_keys(std::string_view list) {
  std::vector<ApiKey> keys;
  for (const auto entry : split(list, ',')) {
    const auto colon = entry.find(':');
    const std::string where = "entry " + std::to_string(keys.size() + 1);
    if (colon == std::string_view::npos || colon == 0 || colon > 64) {
      return fail(ErrorCode::kInvalid, where + " is not of the form name:key.");
    }
    const auto name = entry.substr(0, colon);
    const auto key = entry.substr(colon + 1);
    if (key.size() < kLeastKeyCharacters) {
      return fail(
          ErrorCode::kInvalid,
          where + " has a key of fewer than 16 characters. Make one with: openssl rand -hex 24");
    }
    if (std::ranges::any_of(keys, [&](const ApiKey& other) { return other.name == name; })) {
      return fail(ErrorCode::kInvalid, where + " has a name that stands there twice.");
    }
    keys.push_back({std::string(name), Secret(std::string(key))});
  }
  return keys;
}

Authenticator::Authenticator(const VisitorSessions& sessions, AccountSessions& accounts,
                             ApiKeys& keys, AuthenticatorSettings settings, Random& random,
                             const AccessTokens* access_tokens, SocketTickets* tickets)
    : sessions_(sessions),
      accounts_(accounts),
      keys_(keys),
      site_(std::move(settings.site)),
      is_v1_open_to_loopback_(settings.is_v1_open_to_loopback),
      access_tokens_(access_tokens),
      tickets_(tickets),
      fingerprinter_(random) {
  replace_keys(std::move(settings.api_keys), std::move(settings.metrics_token));
}

void Authenticator::replace_keys(std::vector<ApiKey> api_keys, Secret metrics_token) {
  auto keys = std::make_shared<Keys>();
  for (const auto& entry : api_keys)
    keys->fingerprints.push_back(fingerprinter_.of(entry.key.reveal()));
  keys->api_keys = std::move(api_keys);
  keys->metrics_token = std::move(metrics_token);
  const std::unique_lock lock(mutex_);
  keys_of_settings_ = std::move(keys);
}

std::shared_ptr<const Authenticator::Keys> Authenticator::keys_of_settings() const {
  const std::shared_lock lock(mutex_);
  return keys_of_settings_;
}

Result<Principal> Authenticator::visitor(const CredentialView& given) const {
  const bool is_cookie = given.bearer.empty();
  if (!is_cookie && !VisitorSessions::may_be_token(given.bearer)) return token(given);
  if (is_cookie && given.cookie_token.empty() && !given.account_token.empty())
    return account(given);
  const auto token = is_cookie ? given.cookie_token : given.bearer;
  if (token.empty()) return unauthenticated("Start a session first.", "no session token");
  auto verified = sessions_.verify(token, {.user_agent = given.user_agent,
                                           .language = given.language,
                                           .network = IpPrefix::of_client(given.client)});
  if (!verified)
    return is_cookie ? std::unexpected(verified.error()) : wrong_token(verified.error());
  // A browser adds the cookie by itself; only a page that could read the token knows the other
  // half.
  if (is_cookie && given.changes_state && !sessions_.is_csrf_token(*verified, given.csrf_token))
    return without_csrf_token();
  return Principal{.kind = Principal::Kind::kVisitor,
                   .id = std::move(verified->session_id),
                   .site = site_,
                   .has_other_agent = verified->has_other_agent,
                   .has_other_network = verified->has_other_network};
}

// A ticket counts before all else: whoever gives one means it.
Result<Principal> Authenticator::socket(const CredentialView& given) const {
  if (given.ticket.empty() || tickets_ == nullptr) return visitor(given);
  return tickets_->redeem(given.ticket, given.origin);
}

Result<Principal> Authenticator::token(const CredentialView& given) const {
  if (access_tokens_ == nullptr) return wrong_token({.client_message = "Sign in first."});
  auto verified = access_tokens_->verify(given.bearer);
  if (!verified) return wrong_token(std::move(verified.error()));
  const AccessClaims& claims = **verified;
  return Principal{.kind = Principal::Kind::kAccount,
                   .id = claims.account_id,
                   .site = claims.site,
                   .role = claims.role,
                   .session_id = claims.family_id,
                   .is_by_token = true};
}

Result<Principal> Authenticator::account(const CredentialView& given) const {
  if (!given.bearer.empty()) return token(given);
  if (given.account_token.empty()) return unauthenticated("Sign in first.", "no account session");
  auto verified = accounts_.verify(
      given.account_token,
      {.user_agent = given.user_agent, .network = IpPrefix::of_client(given.client)});
  if (!verified) return std::unexpected(verified.error());
  const AccountSession& session = *verified->session;
  if (given.changes_state && !accounts_.is_csrf_token(session, given.csrf_token))
    return without_csrf_token();
  return Principal{.kind = Principal::Kind::kAccount,
                   .id = session.account_id,
                   .site = session.site,
                   .role = session.role,
                   .session_id = session.id,
                   .has_other_agent = verified->has_other_agent,
                   .has_other_network = verified->has_other_network};
}

Result<Principal> Authenticator::api_key(const CredentialView& given) const {
  if (given.bearer.starts_with("gh_")) return stored_key(given.bearer, Scope::kAi);
  const auto keys = keys_of_settings();
  if (keys->api_keys.empty() && keys_.is_empty()) {
    if (is_v1_open_to_loopback_ && given.client.is_loopback()) {
      return Principal{.kind = Principal::Kind::kApiKey, .id = "local", .site = site_};
    }
    return unauthenticated("No API key is set up here. The operator makes one.",
                           "no API keys configured");
  }
  if (given.bearer.empty())
    return unauthenticated("Send an API key: Authorization: Bearer <key>.", "no API key");
  // Fingerprints are compared, so the time tells nothing of the key.
  const crypto::Fingerprint found = fingerprinter_.of(given.bearer);
  for (std::size_t i = 0; i < keys->fingerprints.size(); ++i) {
    if (crypto::equals_in_constant_time(crypto::as_text(keys->fingerprints[i]),
                                        crypto::as_text(found))) {
      return Principal{
          .kind = Principal::Kind::kApiKey, .id = keys->api_keys[i].name, .site = site_};
    }
  }
  return unauthenticated("That API key is not known here.", "unknown API key");
}

Result<Principal> Authenticator::stored_key(std::string_view key, Scope scope) const {
  const auto found = keys_.verify(key);
  if (!found) return std::unexpected(found.error());
  const ApiKeyRecord& record = **found;
  if ((record.scopes & static_cast<std::uint8_t>(scope)) == 0) {
    return fail(ErrorCode::kForbidden,
                "This key may not do that: it was made for " + names_of(record.scopes) + ".",
                "an API key without the scope");
  }
  return Principal{.kind = Principal::Kind::kApiKey,
                   .id = record.id,
                   .site = record.site,
                   .requests_per_minute = record.requests_per_minute,
                   .tokens_per_day = record.tokens_per_day,
                   .money_micros_per_day = record.money_micros_per_day};
}

Result<Principal> Authenticator::for_operator(const CredentialView& given) const {
  if (given.bearer.starts_with("gh_")) return stored_key(given.bearer, Scope::kMetrics);
  const auto keys = keys_of_settings();
  if (!keys->metrics_token.is_empty() && !given.bearer.empty()) {
    if (crypto::equals_in_constant_time(keys->metrics_token.reveal(), given.bearer))
      return Principal{};
    return unauthenticated("That token is not known here.", "wrong metrics token");
  }
  if (given.client.is_loopback()) return Principal{};
  return unauthenticated("Metrics are for this machine, or with the metrics token.",
                         "metrics from outside");
}

Result<Principal> Authenticator::authenticate(Credentials needed,
                                              const CredentialView& given) const {
  switch (needed) {
    case Credentials::kNone:
      break;
    case Credentials::kVisitor:
      return visitor(given);
    case Credentials::kSocket:
      return socket(given);
    case Credentials::kAccount:
      return account(given);
    case Credentials::kMaybeAccount: {
      auto known = account(given);
      if (known) return known;
      break;
    }
    case Credentials::kApiKey:
      return api_key(given);
    case Credentials::kOperator:
      return for_operator(given);
  }
  return Principal{.kind = Principal::Kind::kAnonymous, .id = {}, .site = site_};
}

}  // namespace gatehouse::identity
