// What was valid once, or never, sent again: webhooks and solved challenges.
#include <optional>

#include "gatehouse/base/json_writer.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"
#include "gatehouse/crypto/mac.hpp"
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kWebhookStep =
    "Check the signature over the raw body, its time and whether it came before, in every "
    "environment.";
constexpr std::uint64_t kGreatestNumber = 5'000'000;  // half a minute of work at most

struct Webhook {
  std::string_view id;
  std::string_view path;
  std::string_view lines;
};

constexpr Webhook kWebhooks[] = {
    {"line-unsigned", "/webhooks/line/default", ""},
    {"line-empty-signature", "/webhooks/line/default", "X-Line-Signature: \r\n"},
    {"line-forged-signature", "/webhooks/line/default",
     "X-Line-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"},
    {"peer-unsigned", "/peer/v1/inbox", ""},
    {"peer-forged-signature", "/peer/v1/inbox",
     "Signature: sig1=:AAAAAAAA:\r\nSignature-Input: sig1=(\"@path\");keyid=\"a\"\r\n"},
};

// Twice the same: a server that keeps no count takes it each time.
Finding send_webhook(Target& target, const Webhook& webhook) {
  const Ask ask{.method = "POST",
                .path = std::string(webhook.path),
                .lines = std::string(webhook.lines),
                .body = R"({"destination":"drill","events":[]})"};
  const auto first = target.ask(ask);
  if (first.status == 404 || first.status == 405) return skipped("not there");
  const auto finding = judge_refusal(first);
  return finding.verdict == DrillVerdict::kHeld ? judge_refusal(target.ask(ask)) : finding;
}

// The number that makes the hash, as an ALTCHA client finds it; the whole solution in base64.
std::optional<std::string> solve(const codec::JsonValue& challenge) {
  const std::string salt(challenge["salt"].string_or_empty());
  const auto wanted = challenge["challenge"].string_or_empty();
  const auto most =
      std::min(challenge["maxnumber"].natural().value_or(kGreatestNumber), kGreatestNumber);
  for (std::uint64_t number = 0; number <= most; ++number) {
    if (crypto::sha256_hex(salt + std::to_string(number)) != wanted) continue;
    std::string solution;
    JsonWriter(solution)
        .begin_object()
        .member("algorithm", challenge["algorithm"].string_or_empty())
        .member("challenge", wanted)
        .member("number", number)
        .member("salt", salt)
        .member("signature", challenge["signature"].string_or_empty())
        .end_object();
    return to_base64url(solution);
  }
  return std::nullopt;
}

Answer ask_with(Target& target, const std::string& solution) {
  return target.ask({.method = "POST",
                     .path = "/api/v1/sessions",
                     .lines = "X-Gatehouse-Challenge: " + solution + "\r\n",
                     .body = "{}"});
}

// A server that asks for no work now has none to replay.
Finding replay_challenge(Target& target) {
  const auto asked = ask_with(target, to_base64url("{\"number\":0}"));
  codec::JsonReader reader;
  const auto json = reader.read(asked.body);
  if (asked.status != 403 || !json || !(*json)["challenge"].is_object())
    return skipped("no challenge is asked for now");
  const auto solution = solve((*json)["challenge"]);
  if (!solution) return unclear("the challenge was not solved");
  const auto first = ask_with(target, *solution);
  if (!first.is_success()) return unclear("the solution was not taken");
  const auto second = ask_with(target, *solution);
  if (second.is_success() && second.status != 0 && first.status == second.status)
    return failed("one solution opened twice");
  return judge_refusal(second);
}

}  // namespace

Attacks replay_attacks() {
  Attacks attacks;
  for (const auto& webhook : kWebhooks) {
    attacks.push_back(
        {.id = std::string(webhook.id),
         .tries = "sends a webhook that nobody signed, twice",
         .severity = DrillSeverity::kHigh,
         .next_step = kWebhookStep,
         .run = [&webhook](Target& target) { return send_webhook(target, webhook); }});
  }
  attacks.push_back({.id = "challenge",
                     .tries = "uses one proof of work twice",
                     .severity = DrillSeverity::kMedium,
                     .next_step = "Take each solution once, and only until it expires.",
                     .run = replay_challenge});
  return attacks;
}

}  // namespace gatehouse::operations
