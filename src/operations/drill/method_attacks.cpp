// Methods that a chat has no use for.
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kStep = "Take only the methods that an address has, and answer 405.";

Finding check_override(Target& target, std::string_view header) {
  const auto usual = target.ask({.path = "/healthz"});
  const auto answer =
      target.ask({.path = "/healthz", .lines = std::string(header) + ": DELETE\r\n"});
  if (answer.status == usual.status && answer.body == usual.body) return held("not heeded");
  return judge_refusal(answer);
}

}  // namespace

Attacks method_attacks() {
  Attacks attacks;
  for (const std::string_view method : {"TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PROPFIND"}) {
    attacks.push_back({.id = std::string(method),
                       .tries = "uses a method that nothing needs",
                       .severity = DrillSeverity::kLow,
                       .pace = method == "TRACE" ? Pace::kGentle : Pace::kFull,
                       .next_step = kStep,
                       .run = [method](Target& target) {
                         return judge_refusal(target.ask({.method = method}));
                       }});
  }
  for (const std::string_view header : {"X-HTTP-Method-Override", "X-HTTP-Method"}) {
    attacks.push_back({.id = std::string(header),
                       .tries = "hides a method in a header",
                       .severity = DrillSeverity::kMedium,
                       .next_step = "Don't heed method overrides.",
                       .run = [header](Target& target) { return check_override(target, header); }});
  }
  return attacks;
}

}  // namespace gatehouse::operations
