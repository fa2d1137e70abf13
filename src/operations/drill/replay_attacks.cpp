// What was valid once, or never, sent again: webhooks and solved challenges.
#include "gatehouse/base/text.hpp"
#include "judges.hpp"
#include "work.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kWebhookStep =
    "Check the signature over the raw body, its time and whether it came before, in every "
    "environment.";

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

Answer ask_with(Target& target, const std::string& solution) {
  return target.ask({.method = "POST",
                     .path = "/api/v1/sessions",
                     .lines = "X-Gatehouse-Challenge: " + solution + "\r\n",
                     .body = "{}"});
}

// A server that asks for no work now has none to replay.
Finding replay_challenge(Target& target) {
  const auto asked = ask_with(target, to_base64url("{\"number\":0}"));
  if (asked.status != 403 || !asked.body.contains("challenge_required"))
    return skipped("no challenge is asked for now");
  const auto solution = solve_work(asked);
  if (!solution) return unclear("the challenge was not solved");
  const auto first = ask_with(target, *solution);
  if (!first.is_success()) return unclear("the solution was not taken");
  const auto second = ask_with(target, *solution);
  if (second.is_success() && second.status != 0 && first.status == second.status)
    return failed("one solution opened twice");
  if (second.status == 403 && second.body.contains("challenge_required"))
    return held("other work was asked for");
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
