// Tokens made by an outsider: for sessions, for /v1, for operators.
#include <array>

#include "gatehouse/base/text.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kStep =
    "Take only tokens of your own making: one algorithm, checked signature, audience and expiry.";
constexpr std::string_view kKeyStep = "Use random API keys of at least 32 characters.";

// RFC 2104, under the key as it is.
crypto::Digest hmac_sha256(std::string_view key, std::string_view text) {
  constexpr std::size_t kBlockBytes = 64;
  std::string block(key);
  if (block.size() > kBlockBytes) block = crypto::as_text(crypto::sha256(block));
  block.resize(kBlockBytes, '\0');
  std::string inner;
  std::string outer;
  for (const char c : block) {
    inner += static_cast<char>(c ^ 0x36);
    outer += static_cast<char>(c ^ 0x5c);
  }
  const auto first = crypto::sha256(inner.append(text));
  return crypto::sha256(outer.append(crypto::as_text(first)));
}

struct Forgery {
  std::string_view header;
  std::int64_t expires_in_s = 3600;
  std::string_view audience = "gatehouse";
};

// `key` null: without a signature.
std::string make_jwt(const Target& target, const Forgery& forgery, const std::string* key) {
  const auto now = unix_seconds(target.clock().wall());
  std::string payload = R"({"sub":"admin","role":"admin","iss":"gatehouse","aud":")";
  payload += forgery.audience;
  payload += R"(","iat":)" + std::to_string(now - 7200) + R"(,"exp":)" +
             std::to_string(now + forgery.expires_in_s) + "}";
  std::string token = to_base64url(forgery.header) + "." + to_base64url(payload);
  if (key == nullptr) return token + ".";
  const auto mac = hmac_sha256(*key, token);
  return token + "." + to_base64url(crypto::as_text(mac));
}

constexpr std::string_view kHs256 = R"({"alg":"HS256","typ":"JWT"})";

// Where tokens are asked for: the chat of visitors, and the programs' list of models.
Finding try_token(Target& target, std::string_view token) {
  auto chat = judge_credential(target.ask({.method = "POST",
                                           .path = "/api/v1/chat",
                                           .lines = bearer_line(token),
                                           .body = R"({"message":""})"}));
  if (chat.verdict == DrillVerdict::kFailed || target.options().is_gentle) return chat;
  if (target.takes_completions() && target.options().api_key.empty()) return chat;
  auto models = judge_credential(target.ask({.path = "/v1/models", .lines = bearer_line(token)}));
  return models.verdict == DrillVerdict::kSkipped ? chat : models;
}

Finding use_public_key(Target& target) {
  const auto keys = target.ask({.path = "/.well-known/jwks.json"});
  if (!keys.is_success()) return skipped("no public keys are published");
  return try_token(target, make_jwt(target, {.header = kHs256}, &keys.body));
}

Finding guess_key(Target& target, std::string_view key) {
  if (target.takes_completions() && target.options().api_key.empty())
    return skipped("open to this machine without a key");
  return judge_credential(target.ask({.path = "/v1/models", .lines = bearer_line(key)}));
}

Finding read_metrics(Target& target) {
  const auto address = IpAddress::parse(target.server().host);
  const bool is_here = target.server().host == "localhost" || (address && address->is_loopback());
  if (is_here) return skipped("open to the same machine by design");
  return judge_credential(target.ask({.path = "/metrics"}));
}

struct WeakSecret {
  std::string_view id;
  std::string_view secret;
};

constexpr std::array<WeakSecret, 4> kWeakSecrets = {{{"empty-secret", ""},
                                                     {"secret-secret", "secret"},
                                                     {"changeme-secret", "changeme"},
                                                     {"long-secret", "your-256-bit-secret"}}};

Attack forgery(std::string id, std::string_view tries, Pace pace,
               std::function<Finding(Target&)> run) {
  return {.id = std::move(id),
          .tries = tries,
          .severity = DrillSeverity::kCritical,
          .pace = pace,
          .next_step = kStep,
          .run = std::move(run)};
}

void add_forgeries(Attacks& attacks) {
  for (const std::string_view name : {"none", "None", "NONE"}) {
    attacks.push_back(forgery(
        "alg-" + std::string(name), "sends a token that needs no signature",
        name == "none" ? Pace::kGentle : Pace::kFull, [name](Target& target) {
          const std::string header = R"({"typ":"JWT","alg":")" + std::string(name) + R"("})";
          return try_token(target, make_jwt(target, {.header = header}, nullptr));
        }));
  }
  for (const auto& [id, secret] : kWeakSecrets) {
    attacks.push_back(forgery(std::string(id), "signs a token with a secret that many use",
                              Pace::kFull, [secret](Target& target) {
                                const std::string key(secret);
                                return try_token(target,
                                                 make_jwt(target, {.header = kHs256}, &key));
                              }));
  }
  attacks.push_back(forgery("key-confusion", "signs with the public key as if it were a secret",
                            Pace::kFull, use_public_key));
  attacks.push_back(
      forgery("expired", "sends a token whose time is over", Pace::kFull, [](Target& target) {
        const std::string key = "secret";
        return try_token(target, make_jwt(target, {.header = kHs256, .expires_in_s = -3600}, &key));
      }));
  attacks.push_back(forgery(
      "wrong-audience", "sends a token made for somebody else", Pace::kFull, [](Target& target) {
        const std::string key = "secret";
        return try_token(target,
                         make_jwt(target, {.header = kHs256, .audience = "elsewhere"}, &key));
      }));
  attacks.push_back(
      forgery("key-path", "names a file as the key to check with", Pace::kFull, [](Target& target) {
        const std::string key;
        constexpr std::string_view kHeader =
            R"({"alg":"HS256","typ":"JWT","kid":"../../../dev/null"})";
        return try_token(target, make_jwt(target, {.header = kHeader}, &key));
      }));
}

}  // namespace

Attacks token_attacks() {
  Attacks attacks;
  add_forgeries(attacks);
  for (const std::string_view key : {"test", "admin", "sk-test", "changeme", "password"}) {
    attacks.push_back({.id = "guessed-" + std::string(key),
                       .tries = "guesses an API key",
                       .severity = DrillSeverity::kHigh,
                       .next_step = kKeyStep,
                       .run = [key](Target& target) { return guess_key(target, key); }});
  }
  attacks.push_back({.id = "metrics",
                     .tries = "reads the operators' metrics",
                     .severity = DrillSeverity::kMedium,
                     .pace = Pace::kGentle,
                     .next_step = "Set GATEHOUSE_METRICS_TOKEN, and name your proxy in "
                                  "GATEHOUSE_TRUSTED_PROXIES.",
                     .run = read_metrics});
  return attacks;
}

}  // namespace gatehouse::operations
