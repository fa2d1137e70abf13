// Floods: every window that the server announces and that fills while somebody waits. They come
// last, since they use up what the other families need.
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kStep =
    "Set a limit for this kind of request (GATEHOUSE_LIMITS_PRESET, RATE_LIMIT_PER_MINUTE), in "
    "the server or in the proxy in front.";
constexpr std::uint64_t kUnannounced = 200;  // requests after which a limit should have shown

bool is_refusal(std::uint16_t status) { return status == 429 || status == 403 || status == 503; }

struct Kind {
  std::string_view id;
  std::string_view tries;
  Ask (*ask)(const Target&);  // cheap: nothing behind the server is asked
};

constexpr Kind kKinds[] = {
    {"messages", "floods the chat",
     [](const Target& target) { return target.chat_ask(R"({"message":""})"); }},
    {"reads", "floods the API", [](const Target&) { return Ask{.path = "/api/v1/conversations"}; }},
    {"health", "floods the health check", [](const Target&) { return Ask{.path = "/healthz"}; }},
    {"files", "floods the page", [](const Target&) { return Ask{}; }},
    {"sessions", "makes sessions without end",
     [](const Target&) { return Ask{.method = "POST", .path = "/api/v1/sessions", .body = "{}"}; }},
};

Finding flood(Target& target, const Kind& kind) {
  Ask ask = kind.ask(target);
  ask.waits_for_limits = false;
  const auto first = target.ask(ask);
  if (first.status == 404) return skipped("not there");
  if (is_refusal(first.status)) return held("refused at once: " + std::to_string(first.status));
  const auto policies = read_rate_items(first.joined("RateLimit-Policy"));
  const auto policy = smallest_policy(policies);
  if (!policies.empty() && !policy) return skipped("its windows are too large to fill");
  const std::uint64_t limit = policy ? policy->limit : kUnannounced;
  for (std::uint64_t sent = 1; sent <= limit; ++sent) {
    const auto answer = target.ask(ask);
    if (is_refusal(answer.status)) return judge_limit(limit, sent, answer.status);
    if (sent % 100 == 0) target.tell(std::to_string(sent) + " of " + std::to_string(limit));
  }
  return judge_limit(limit, limit + 1, 0);
}

// Whatever names itself the client must not be believed when it comes from anywhere.
Finding forward(Target& target, std::string_view header) {
  const auto with = [&](std::string_view address) {
    Ask ask{.path = "/api/v1/conversations", .waits_for_limits = false};
    ask.lines.append(header).append(address).append("\r\n");
    return target.ask(ask);
  };
  const auto first = with("198.51.100.17");
  if (first.status == 429) return held("refused all the same: 429");
  return judge_forwarded(first, with("198.51.100.99"));
}

}  // namespace

Attacks limit_attacks() {
  Attacks attacks;
  for (const std::string_view header :
       {"X-Forwarded-For: ", "X-Real-IP: ", "Forwarded: for=", "True-Client-IP: ",
        "CF-Connecting-IP: ", "X-Client-IP: "}) {
    attacks.push_back({.id = "as-" + std::string(header.substr(0, header.find(':'))),
                       .tries = "pretends to be somebody else, for a fresh allowance",
                       .severity = DrillSeverity::kHigh,
                       .pace = header.starts_with("X-Forwarded-For") ? Pace::kGentle : Pace::kFull,
                       .next_step = "Believe such headers from your own proxies alone "
                                    "(GATEHOUSE_TRUSTED_PROXIES).",
                       .run = [header](Target& target) { return forward(target, header); }});
  }
  for (const auto& kind : kKinds) {
    attacks.push_back({.id = "flood-" + std::string(kind.id),
                       .tries = kind.tries,
                       .severity = DrillSeverity::kMedium,
                       .next_step = kStep,
                       .run = [&kind](Target& target) { return flood(target, kind); }});
  }
  return attacks;
}

}  // namespace gatehouse::operations
