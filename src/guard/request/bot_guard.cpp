// What opens a session says whether it is a browser: by its name, by what browsers never leave out,
// and by the order in which they write it. Only new sessions are looked at: programs that have a
// key are welcome as such, and what a session does later is judged by what it does.
#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"
#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::uint16_t kBotScore = 500;
constexpr std::uint16_t kFalseClaimScore = 700;

// In lower case. Every browser calls itself Mozilla/5.0; these give away what drives it, or that it
// is a crawler in a browser's name.
constexpr auto kDrivers = std::to_array<std::string_view>(
    {"headless", "phantomjs", "puppeteer", "playwright", "selenium", "webdriver", "cypress"});
constexpr auto kCrawlers =
    std::to_array<std::string_view>({"bot/", "bot;", "bot)", "spider", "crawler", "+http", "slurp",
                                     "facebookexternalhit", "nikto", "nuclei", "zgrab"});

// The name of a browser's engine; empty: it doesn't say that it is one.
std::string_view engine_of(std::string_view agent) {
  if (!agent.starts_with("mozilla/5.0 (")) return {};
  for (const std::string_view engine : {"firefox/", "chrome/", "crios/", "safari/"}) {
    if (agent.contains(engine)) return engine;
  }
  return {};
}

class BotGuard final : public RequestGuard {
 public:
  explicit BotGuard(CrawlerChecks* crawlers) : crawlers_(crawlers) {}

  Verdict check(const RequestView& request, const Policy& policy) const noexcept override {
    const bool opens_session =
        request.route != nullptr && request.route->endpoint == EndpointClass::kSession;
    if (!opens_session || !request.changes_state) return {};
    if (is_denied(request.tls.ja4_text(), policy)) return denied(request.tls.ja4_text());
    if (policy.bots == BotPolicy::kOff) return {};
    std::array<char, 512> lower;
    const auto named = request.user_agent.substr(0, lower.size());
    std::ranges::transform(named, lower.data(), [](char c) { return to_lower_ascii(c); });
    const std::string_view agent(lower.data(), named.size());
    const auto is_in_name = [&](std::string_view part) { return agent.contains(part); };
    if (agent.empty()) return found("bot.no_agent", "no User-Agent", policy);
    if (crawlers_ != nullptr) {
      const auto claim = crawlers_->check(agent, request.client);
      if (claim == CrawlerClaim::kTrue) return {};
      if (claim == CrawlerClaim::kFalse)
        return found("bot.false_crawler", agent, policy, kFalseClaimScore);
    }
    if (std::ranges::any_of(kCrawlers, is_in_name)) return found("bot.crawler", agent, policy);
    if (std::ranges::any_of(kDrivers, is_in_name)) return found("bot.driven", agent, policy);
    const auto engine = engine_of(agent);
    if (engine.empty()) return found("bot.program", agent, policy);
    std::string evidence;
    if (contradictions(request, engine, evidence) < kBotScore) return {};
    return found("bot.contradiction", evidence, policy);
  }

 private:
  static bool is_denied(std::string_view ja4, const Policy& policy) {
    return !ja4.empty() && std::ranges::find(policy.ja4_denied, ja4) != policy.ja4_denied.end();
  }

  static Verdict denied(std::string_view ja4) {
    return {.action = Action::kDeny,
            .code = ErrorCode::kForbidden,
            .score = kBotScore,
            .rule = "bot.ja4",
            .reason = "This chat is for people in a browser. Programs use the API, with a key.",
            .field = {},
            .evidence = std::string(ja4)};
  }

  // What a browser of that name would have sent, and this one hasn't.
  static unsigned contradictions(const RequestView& request, std::string_view engine,
                                 std::string& evidence) {
    const auto& marks = request.browser;
    unsigned score = 0;
    const auto note = [&](bool is_there, unsigned points, std::string_view what) {
      if (!is_there) return;
      score += points;
      evidence.append(evidence.empty() ? "" : ", ").append(what);
    };
    note(!marks.has_accept_language, 300, "no Accept-Language");
    note(!marks.has_accept_encoding, 300, "no Accept-Encoding");
    note(!marks.has_accept, 200, "no Accept");
    // Browsers tell this to pages that came over TLS, or from the machine itself.
    note(request.is_secure && request.fetch_site.empty() && engine != "crios/", 300,
         "no Sec-Fetch-Site");
    note(request.is_secure && engine == "chrome/" && !marks.has_client_hints, 200, "no Sec-CH-UA");
    // What its library sends, whatever the program on top of it says.
    if (request.tls.is_known) {
      note(!request.tls.offers_http2, 300, "TLS without h2");
      note(!request.tls.offers_tls13, 300, "no TLS 1.3");
      note(!request.tls.has_grease && engine != "firefox/", 300, "TLS without GREASE");
    }
    // A proxy may have put them in another order.
    if (marks.is_order_known) {
      note(!marks.is_host_first, 200, "Host is not the first header");
      const bool differs = engine == "chrome/"    ? marks.is_language_before_encoding
                           : engine == "firefox/" ? !marks.is_language_before_encoding
                                                  : false;
      note(marks.has_accept_language && marks.has_accept_encoding && differs, 300,
           "headers in another order");
    }
    return score;
  }

  static Verdict found(std::string_view rule, std::string_view evidence, const Policy& policy,
                       std::uint16_t score = kBotScore) {
    const bool is_refused = policy.bots == BotPolicy::kDeny;
    return {.action = is_refused ? Action::kDeny : Action::kFlag,
            .code = ErrorCode::kForbidden,
            .score = score,
            .rule = rule,
            .reason = is_refused
                          ? "This chat is for people in a browser. Programs use the API, with a "
                            "key."
                          : "",
            .field = "User-Agent",
            .evidence = std::string(evidence.substr(0, 200))};
  }

  CrawlerChecks* const crawlers_;
};

}  // namespace

std::unique_ptr<RequestGuard> make_bot_guard(CrawlerChecks* crawlers) {
  return std::make_unique<BotGuard>(crawlers);
}

}  // namespace gatehouse::guard
