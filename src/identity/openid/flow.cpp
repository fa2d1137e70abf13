#include "gatehouse/identity/openid/flow.hpp"

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/basic_credentials.hpp"
#include "gatehouse/codec/form.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/crypto/mac.hpp"

namespace gatehouse::identity::openid {
namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kMaxCookieBytes = 4096;
constexpr std::string_view kFlowContext = "flow";
constexpr std::string_view kPendingContext = "pending";

std::string text_in(const codec::JsonValue& object, std::string_view name) {
  return std::string(object[name].string_or_empty());
}

std::optional<WallTime> expiry_in(const codec::JsonValue& object, WallTime now) {
  const auto at_ms = object["expires_at"].integer();
  if (!at_ms) return std::nullopt;
  const WallTime expires_at{std::chrono::milliseconds(*at_ms)};
  if (now >= expires_at) return std::nullopt;
  return expires_at;
}

WallTime after(WallTime now, Duration wait) {
  return now + std::chrono::duration_cast<std::chrono::milliseconds>(wait);
}

std::string escaped(std::string_view text) {
  std::string out;
  codec::append_form_escaped(out, text);
  return out;
}

std::string with_query(const std::string& endpoint, const std::string& query) {
  return endpoint + (endpoint.contains('?') ? "&" : "?") + query;
}

}  // namespace

Flow make_flow(std::string_view provider, Purpose purpose, std::string account_id, WallTime now,
               Random& random) {
  return {.provider = std::string(provider),
          .state = random_token(random, kRandomBytes),
          .nonce = random_token(random, kRandomBytes),
          .verifier = random_token(random, kRandomBytes),
          .purpose = purpose,
          .account_id = std::move(account_id),
          .expires_at = after(now, Flow::kLifetime)};
}

std::string FlowSealer::seal(std::string_view json, std::string_view context) const {
  return to_base64url(sealer_.seal(json, context, random_));
}

std::optional<std::string> FlowSealer::open(std::string_view cookie,
                                            std::string_view context) const {
  if (cookie.empty() || cookie.size() > kMaxCookieBytes) return std::nullopt;
  const auto sealed = from_base64url(cookie);
  if (!sealed) return std::nullopt;
  return sealer_.open(*sealed, context);
}

std::string FlowSealer::seal(const Flow& flow) const {
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("provider", flow.provider)
      .member("state", flow.state)
      .member("nonce", flow.nonce)
      .member("verifier", flow.verifier)
      .member("links", flow.purpose == Purpose::kLink)
      .member("account", flow.account_id)
      .member("expires_at", unix_ms(flow.expires_at))
      .end_object();
  return seal(json, kFlowContext);
}

std::optional<Flow> FlowSealer::open_flow(std::string_view cookie, WallTime now) const {
  const auto json = open(cookie, kFlowContext);
  if (!json) return std::nullopt;
  codec::JsonReader reader({.depth = 1});
  const auto object = reader.read(*json);
  if (!object) return std::nullopt;
  const auto expires_at = expiry_in(*object, now);
  if (!expires_at) return std::nullopt;
  const bool links = (*object)["links"].boolean().value_or(false);
  return Flow{.provider = text_in(*object, "provider"),
              .state = text_in(*object, "state"),
              .nonce = text_in(*object, "nonce"),
              .verifier = text_in(*object, "verifier"),
              .purpose = links ? Purpose::kLink : Purpose::kSignIn,
              .account_id = text_in(*object, "account"),
              .expires_at = *expires_at};
}

std::string FlowSealer::seal(const Pending& pending) const {
  std::string json;
  JsonWriter(json)
      .begin_object()
      .member("code", pending.kind == Pending::Kind::kCode)
      .member("provider", pending.provider)
      .member("issuer", pending.issuer)
      .member("subject", pending.subject)
      .member("email", pending.email)
      .member("session", pending.session_id)
      .member("account", pending.account_id)
      .member("epoch", pending.epoch)
      .member("expires_at", unix_ms(pending.expires_at))
      .end_object();
  return seal(json, kPendingContext);
}

std::optional<Pending> FlowSealer::open_pending(std::string_view cookie, WallTime now) const {
  const auto json = open(cookie, kPendingContext);
  if (!json) return std::nullopt;
  codec::JsonReader reader({.depth = 1});
  const auto object = reader.read(*json);
  if (!object) return std::nullopt;
  const auto expires_at = expiry_in(*object, now);
  if (!expires_at) return std::nullopt;
  const bool is_code = (*object)["code"].boolean().value_or(false);
  return Pending{.kind = is_code ? Pending::Kind::kCode : Pending::Kind::kLink,
                 .provider = text_in(*object, "provider"),
                 .issuer = text_in(*object, "issuer"),
                 .subject = text_in(*object, "subject"),
                 .email = text_in(*object, "email"),
                 .session_id = text_in(*object, "session"),
                 .account_id = text_in(*object, "account"),
                 .epoch = (*object)["epoch"].natural().value_or(0),
                 .expires_at = *expires_at};
}

std::string authorization_url(const ProviderMetadata& metadata, const ProviderSettings& settings,
                              const Flow& flow) {
  std::string query;
  codec::append_form_field(query, "response_type", "code");
  codec::append_form_field(query, "client_id", settings.client_id);
  codec::append_form_field(query, "redirect_uri", settings.redirect_uri);
  codec::append_form_field(query, "scope", settings.scopes);
  codec::append_form_field(query, "state", flow.state);
  codec::append_form_field(query, "nonce", flow.nonce);
  codec::append_form_field(query, "code_challenge",
                           to_base64url(crypto::as_text(crypto::sha256(flow.verifier))));
  codec::append_form_field(query, "code_challenge_method", "S256");
  return with_query(metadata.authorization_endpoint, query);
}

TokenRequest token_request(const ProviderMetadata& metadata, const ProviderSettings& settings,
                           std::string_view code, const Flow& flow) {
  TokenRequest request;
  codec::append_form_field(request.form, "grant_type", "authorization_code");
  codec::append_form_field(request.form, "code", code);
  codec::append_form_field(request.form, "redirect_uri", settings.redirect_uri);
  codec::append_form_field(request.form, "code_verifier", flow.verifier);
  const auto secret = settings.client_secret.reveal();
  if (!secret.empty() && metadata.takes_basic) {
    // RFC 6749 §2.3.1: both are escaped first.
    request.authorization = codec::basic_credentials(escaped(settings.client_id), escaped(secret));
    return request;
  }
  codec::append_form_field(request.form, "client_id", settings.client_id);
  if (!secret.empty()) codec::append_form_field(request.form, "client_secret", secret);
  return request;
}

std::string end_session_url(const ProviderMetadata& metadata, const ProviderSettings& settings,
                            std::string_view back_to, Random& random) {
  if (metadata.end_session_endpoint.empty()) return {};
  std::string query;
  codec::append_form_field(query, "client_id", settings.client_id);
  codec::append_form_field(query, "post_logout_redirect_uri", back_to);
  codec::append_form_field(query, "state", random_token(random, kRandomBytes));
  return with_query(metadata.end_session_endpoint, query);
}

}  // namespace gatehouse::identity::openid
