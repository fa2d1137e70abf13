// What each answer must carry, and what it must not tell.
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

struct FixedHeader {
  std::string_view name;
  std::string_view value;
};

constexpr FixedHeader kFixed[] = {
    {"X-Frame-Options", "DENY"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-XSS-Protection", "1; mode=block"},
    {"Referrer-Policy", "strict-origin-when-cross-origin"},
    {"Permissions-Policy", "geolocation=(), microphone=(), camera=()"},
};

// An error page is made elsewhere than a page, and carries the same.
Finding check_fixed(Target& target, const FixedHeader& header) {
  auto page = judge_header(target.ask({}), header.name, header.value);
  if (page.verdict != DrillVerdict::kHeld || target.options().is_gentle) return page;
  return judge_header(target.ask({.path = "/drill-no-such-page"}), header.name, header.value);
}

Finding check_hsts(Target& target) {
  if (!target.server().is_secure) return skipped("not over TLS");
  return judge_header(target.ask({}), "Strict-Transport-Security",
                      "max-age=31536000; includeSubDomains");
}

Finding check_token_caching(Target& target) {
  const auto answer =
      target.ask({.method = "POST", .path = "/api/v1/sessions", .body = std::string("{}")});
  if (!answer.is_success()) return skipped("no session was given");
  return judge_header(answer, "Cache-Control", "no-store");
}

}  // namespace

Attacks header_attacks() {
  Attacks attacks;
  for (const auto& header : kFixed) {
    attacks.push_back({.id = std::string(header.name),
                       .tries = "looks for a header that browsers heed",
                       .severity = DrillSeverity::kLow,
                       .pace = Pace::kGentle,
                       .next_step = "Send this header with its exact value on every response, also "
                                    "through the proxy in front.",
                       .run = [header](Target& target) { return check_fixed(target, header); }});
  }
  attacks.push_back({.id = "Strict-Transport-Security",
                     .tries = "looks whether browsers are kept on TLS",
                     .severity = DrillSeverity::kMedium,
                     .pace = Pace::kGentle,
                     .next_step = "Run in production mode over TLS, or let the proxy send it.",
                     .run = check_hsts});
  attacks.push_back({.id = "csp-nonce",
                     .tries = "looks for a script policy that can be guessed",
                     .severity = DrillSeverity::kMedium,
                     .pace = Pace::kGentle,
                     .next_step = "Send a Content-Security-Policy with a new nonce in each answer, "
                                  "and don't cache the page.",
                     .run = [](Target& target) {
                       const auto first = target.ask({});
                       return judge_csp(first, target.ask({}));
                     }});
  attacks.push_back({.id = "versions",
                     .tries = "reads which software answers, and which version",
                     .severity = DrillSeverity::kLow,
                     .pace = Pace::kGentle,
                     .next_step = "Take Server and X-Powered-By away, here and in the proxy.",
                     .run = [](Target& target) { return judge_disclosure(target.ask({})); }});
  attacks.push_back({.id = "token-caching",
                     .tries = "looks for tokens that caches may keep",
                     .severity = DrillSeverity::kMedium,
                     .pace = Pace::kFull,
                     .next_step = "Send Cache-Control: no-store with every token.",
                     .run = check_token_caching});
  return attacks;
}

}  // namespace gatehouse::operations
