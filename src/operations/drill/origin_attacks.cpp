// Pages of other sites that use a visitor's browser, and requests for other hosts.
#include "judges.hpp"

namespace gatehouse::operations {
namespace {

constexpr std::string_view kForeignHost = "drill-evil.example";

std::string foreign_origin() { return "https://" + std::string(kForeignHost); }

// Names that look like the server's own to a careless comparison.
std::vector<std::pair<std::string, std::string>> forged_origins(const Target& target) {
  const auto& server = target.server();
  return {{"foreign", foreign_origin()},
          {"null", "null"},
          {"suffix", target.own_origin() + "." + std::string(kForeignHost)},
          {"prefix", (server.is_secure ? "https://evil-" : "http://evil-") + server.host_header()},
          {"user-info", target.own_origin() + "@" + std::string(kForeignHost)}};
}

std::string origin_of(const Target& target, std::string_view kind) {
  for (auto& [name, origin] : forged_origins(target)) {
    if (name == kind) return origin;
  }
  return {};
}

// To an address that changes something. Refused for its origin, or there is no such address.
Finding post_as(Target& target, const std::string& lines) {
  const auto answer = target.ask(
      {.method = "POST", .path = "/api/v1/sessions", .lines = lines, .body = std::string("{}")});
  if (answer.status == 404) return skipped("not there");
  return judge_refusal(answer);
}

constexpr std::string_view kOriginStep =
    "Refuse requests that change something from origins not on the list (ALLOWED_ORIGINS).";
constexpr std::string_view kCorsStep =
    "Compare the whole origin with the list, and never answer * or an echo with credentials.";
constexpr std::string_view kHostStep =
    "Answer for your own host names only (GATEHOUSE_PUBLIC_URL, GATEHOUSE_HOSTS).";

}  // namespace

Attacks origin_attacks() {
  Attacks attacks;
  for (const std::string_view kind : {"foreign", "null", "suffix", "prefix", "user-info"}) {
    attacks.push_back({.id = "origin-" + std::string(kind),
                       .tries = "changes something from a page of another origin",
                       .severity = DrillSeverity::kHigh,
                       .pace = kind == "foreign" ? Pace::kGentle : Pace::kFull,
                       .next_step = kOriginStep,
                       .run = [kind](Target& target) {
                         return post_as(target, "Origin: " + origin_of(target, kind) + "\r\n");
                       }});
  }
  attacks.push_back({.id = "referer-foreign",
                     .tries = "changes something from elsewhere, with a Referer alone",
                     .severity = DrillSeverity::kMedium,
                     .next_step = kOriginStep,
                     .run = [](Target& target) {
                       return post_as(target, "Referer: " + foreign_origin() + "/page\r\n");
                     }});
  attacks.push_back({.id = "fetch-cross-site",
                     .tries = "changes something as a browser tells of another site",
                     .severity = DrillSeverity::kMedium,
                     .next_step = kOriginStep,
                     .run = [](Target& target) {
                       return post_as(target, "Sec-Fetch-Site: cross-site\r\nOrigin: " +
                                                  foreign_origin() + "\r\n");
                     }});
  attacks.push_back({.id = "host-foreign",
                     .tries = "asks for another host",
                     .severity = DrillSeverity::kMedium,
                     .next_step = kHostStep,
                     .run = [](Target& target) {
                       return judge_refusal(
                           target.ask({.lines = "Host: " + std::string(kForeignHost) + "\r\n"}));
                     }});
  attacks.push_back({.id = "host-absolute",
                     .tries = "names another host in the request line",
                     .severity = DrillSeverity::kMedium,
                     .next_step = kHostStep,
                     .run = [](Target& target) {
                       return judge_refusal(target.ask({.path = foreign_origin() + "/"}));
                     }});
  attacks.push_back({.id = "host-forwarded",
                     .tries = "has links made with a host of its choice",
                     .severity = DrillSeverity::kMedium,
                     .next_step = kHostStep,
                     .run = [](Target& target) {
                       const std::string host(kForeignHost);
                       return judge_echo(
                           target.ask({.lines = "X-Forwarded-Host: " + host +
                                                "\r\nForwarded: host=" + host + "\r\n"}),
                           host);
                     }});
  return attacks;
}

Attacks cors_attacks() {
  Attacks attacks;
  for (const std::string_view kind : {"foreign", "null", "suffix", "prefix", "user-info"}) {
    attacks.push_back(
        {.id = "read-" + std::string(kind),
         .tries = "reads answers from a page of another origin",
         .severity = DrillSeverity::kHigh,
         .pace = kind == "foreign" ? Pace::kGentle : Pace::kFull,
         .next_step = kCorsStep,
         .run = [kind](Target& target) {
           const auto origin = origin_of(target, kind);
           return judge_cors(
               target.ask({.path = "/api/v1/site", .lines = "Origin: " + origin + "\r\n"}), origin);
         }});
  }
  attacks.push_back({.id = "preflight",
                     .tries = "asks as a browser whether another origin may send",
                     .severity = DrillSeverity::kHigh,
                     .pace = Pace::kGentle,
                     .next_step = kCorsStep,
                     .run = [](Target& target) {
                       const auto origin = foreign_origin();
                       return judge_cors(
                           target.ask({.method = "OPTIONS",
                                       .path = "/api/v1/chat",
                                       .lines = "Origin: " + origin +
                                                "\r\nAccess-Control-Request-Method: POST\r\n"}),
                           origin);
                     }});
  return attacks;
}

}  // namespace gatehouse::operations
