#include <gtest/gtest.h>

#include <array>

#include "gatehouse/guard/message_guards.hpp"
#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {
namespace {

Policy make_policy() {
  Policy policy;
  policy.hosts = {"chat.example", "localhost"};
  policy.origins = {"https://shop.example"};
  return policy;
}

RequestView make_request(const RouteRules& route) {
  RequestView request;
  request.method = "POST";
  request.host = "chat.example";
  request.is_secure = true;
  request.changes_state = true;
  request.route = &route;
  return request;
}

std::string_view rule_of(const RequestGuard& guard, const RequestView& request,
                         const Policy& policy = make_policy()) {
  return guard.check(request, policy).rule;
}

TEST(HostGuard, LetsInKnownHostsOnAnyPort) {
  const RouteRules route;
  auto request = make_request(route);
  const auto guard = make_host_guard();
  for (const std::string_view host : {"chat.example", "CHAT.example:8443", "localhost:1"}) {
    request.host = host;
    EXPECT_EQ(rule_of(*guard, request), "") << host;
  }
  for (const std::string_view host : {"", "evil.example", "chat.example.evil", "xchat.example"}) {
    request.host = host;
    EXPECT_EQ(rule_of(*guard, request), "host.unknown") << host;
  }
}

TEST(HostGuard, AnswersProbesOfHealthByAddressOnly) {
  RouteRules route;
  auto request = make_request(route);
  const auto guard = make_host_guard();
  request.host = "10.42.0.7:8080";
  EXPECT_EQ(rule_of(*guard, request), "host.unknown");
  route.endpoint = EndpointClass::kHealth;
  for (const std::string_view host : {"10.42.0.7:8080", "10.42.0.7", "[fd00::7]:8080"}) {
    request.host = host;
    EXPECT_EQ(rule_of(*guard, request), "") << host;
  }
  for (const std::string_view host : {"", "evil.example", "10.42.0.7.evil.example", "fd00::zz"}) {
    request.host = host;
    EXPECT_EQ(rule_of(*guard, request), "host.unknown") << host;
  }
}

TEST(OriginGuard, LetsInOwnAndNamedOrigins) {
  const RouteRules route;
  auto request = make_request(route);
  const auto guard = make_origin_guard();
  for (const std::string_view origin : {"", "https://chat.example", "https://SHOP.example"}) {
    request.origin = origin;
    EXPECT_EQ(rule_of(*guard, request), "") << origin;
  }
  for (const std::string_view origin : {"http://chat.example", "https://evil.example", "null",
                                        "https://shop.example.evil", "https://chat.example:444"}) {
    request.origin = origin;
    EXPECT_EQ(rule_of(*guard, request), "origin.unknown") << origin;
  }
}

TEST(OriginGuard, ChecksTheRefererWhereNoOriginCame) {
  const RouteRules route;
  auto request = make_request(route);
  const auto guard = make_origin_guard();
  request.referer = "https://chat.example/page";
  EXPECT_EQ(rule_of(*guard, request), "");
  request.referer = "https://evil.example/https://chat.example";
  EXPECT_EQ(rule_of(*guard, request), "referer.unknown");
  request.referer = {};
  request.fetch_site = "cross-site";
  EXPECT_EQ(rule_of(*guard, request), "origin.missing");
}

TEST(OriginGuard, LeavesPlainReadsToTheBrowser) {
  const RouteRules route;
  auto request = make_request(route);
  request.method = "GET";
  request.changes_state = false;
  request.origin = "https://evil.example";
  EXPECT_EQ(rule_of(*make_origin_guard(), request), "");
  request.has_cookie = true;
  EXPECT_EQ(rule_of(*make_origin_guard(), request), "origin.unknown");
}

TEST(OriginGuard, NoPageElsewhereOpensAWebSocket) {
  const RouteRules route{.endpoint = EndpointClass::kWebSocket};
  auto request = make_request(route);
  const auto guard = make_origin_guard();
  request.method = "GET";
  request.changes_state = false;
  request.origin = "https://evil.example";
  EXPECT_EQ(rule_of(*guard, request), "origin.unknown");
  request.origin = "https://shop.example";
  EXPECT_EQ(rule_of(*guard, request), "");
  request.origin = {};
  EXPECT_EQ(rule_of(*guard, request), "");  // a program
  request.fetch_site = "cross-site";
  EXPECT_EQ(rule_of(*guard, request), "origin.missing");
}

TEST(ContentTypeGuard, TakesJsonOnly) {
  const RouteRules route{.body = BodyKind::kJson};
  auto request = make_request(route);
  const auto guard = make_content_type_guard();
  EXPECT_EQ(rule_of(*guard, request), "");  // no body, no type
  request.has_body = true;
  for (const std::string_view type : {"application/json", "Application/JSON; charset=utf-8"}) {
    request.content_type = type;
    EXPECT_EQ(rule_of(*guard, request), "") << type;
  }
  for (const std::string_view type :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"}) {
    request.content_type = type;
    EXPECT_EQ(rule_of(*guard, request), "content_type.not_json") << type;
  }
  request.content_type = "application/json";
  request.content_encoding = "gzip";
  EXPECT_EQ(rule_of(*guard, request), "content_type.encoded");
}

TEST(ContentTypeGuard, TakesFormsWhereARouteIsOfForms) {
  const RouteRules route{.body = BodyKind::kForm};
  auto request = make_request(route);
  const auto guard = make_content_type_guard();
  request.has_body = true;
  request.content_type = "application/x-www-form-urlencoded; charset=utf-8";
  EXPECT_EQ(rule_of(*guard, request), "");
  for (const std::string_view type : {"", "application/json", "multipart/form-data"}) {
    request.content_type = type;
    EXPECT_EQ(rule_of(*guard, request), "content_type.not_form") << type;
  }
}

TEST(SizeGuard, HoldsItsLimitAtBelowAndAbove) {
  const RouteRules route{.body_limit_bytes = 100};
  auto request = make_request(route);
  for (const auto& [bytes, rule] : {std::pair{99, ""}, {100, ""}, {101, "size.body"}}) {
    request.body_bytes = static_cast<std::uint64_t>(bytes);
    EXPECT_EQ(rule_of(*make_size_guard(), request), rule) << bytes;
  }
}

TEST(TextGuard, CountsCodePoints) {
  const auto guard = make_text_guard();
  const Policy policy = make_policy();
  const auto rule = [&](std::string_view text) {
    return guard->check({.text = text, .max_characters = 3}, policy).rule;
  };
  EXPECT_EQ(rule("abc"), "");
  EXPECT_EQ(rule("\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80"), "");
  EXPECT_EQ(rule("abcd"), "text.too_long");
  EXPECT_EQ(rule(""), "text.empty");
  EXPECT_EQ(rule(" \n"), "text.empty");
  EXPECT_EQ(rule(std::string_view("a\0b", 3)), "text.nul");
  EXPECT_EQ(rule("\xFF"), "text.not_utf8");
}

TEST(Trail, TellsWhatCountedAndIsBounded) {
  Trail trail;
  EXPECT_TRUE(trail.is_empty());
  for (int i = 0; i < 10; ++i) trail.add({.action = Action::kFlag, .score = 150, .rule = "a.rule"});
  EXPECT_EQ(trail.score(), 1000);
  EXPECT_TRUE(trail.to_string().starts_with("a.rule=flag(150),"));
  EXPECT_TRUE(trail.to_string().ends_with(",+2"));
}

constexpr std::string_view kChrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
    "Safari/537.36";
constexpr std::string_view kFirefox =
    "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0";

RequestView make_session_request(const RouteRules& route) {
  RequestView request = make_request(route);
  request.user_agent = kChrome;
  request.fetch_site = "same-origin";
  request.browser = {.has_accept = true,
                     .has_accept_language = true,
                     .has_accept_encoding = true,
                     .has_client_hints = true,
                     .is_order_known = true,
                     .is_host_first = true,
                     .is_language_before_encoding = false};
  return request;
}

TEST(BotGuard, LetsBrowsersBe) {
  const RouteRules route{.endpoint = EndpointClass::kSession};
  const auto guard = make_bot_guard();
  auto request = make_session_request(route);
  EXPECT_EQ(rule_of(*guard, request), "");
  request.browser.has_client_hints = false;  // an old one, or one that lives in an app
  EXPECT_EQ(rule_of(*guard, request), "");
  request.user_agent = "Mozilla/5.0 (Linux; Android 10; CUBOT X18) AppleWebKit/537.36 Chrome/96.0";
  EXPECT_EQ(rule_of(*guard, request), "");
  request.user_agent = kFirefox;
  request.browser.is_language_before_encoding = true;
  EXPECT_EQ(rule_of(*guard, request), "");
}

TEST(BotGuard, KnowsProgramsByTheirNames) {
  const RouteRules route{.endpoint = EndpointClass::kSession};
  const auto guard = make_bot_guard();
  auto request = make_session_request(route);
  for (const auto& [agent, rule] :
       {std::pair{"", "bot.no_agent"},
        {"curl/8.5.0", "bot.program"},
        {"python-requests/2.32", "bot.program"},
        {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot.crawler"},
        {"Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/131.0 Safari/537.36",
         "bot.driven"}}) {
    request.user_agent = agent;
    EXPECT_EQ(rule_of(*guard, request), rule) << agent;
  }
}

TEST(BotGuard, KnowsABrowserThatForgotWhatBrowsersSend) {
  const RouteRules route{.endpoint = EndpointClass::kSession};
  const auto guard = make_bot_guard();
  const auto complete = make_session_request(route);
  auto request = complete;
  request.browser.has_accept_language = request.browser.has_accept = false;
  EXPECT_EQ(rule_of(*guard, request), "bot.contradiction");
  request = complete;
  request.fetch_site = "";
  EXPECT_EQ(rule_of(*guard, request), "") << "one thing alone says little";
  request.browser.is_language_before_encoding = true;  // as Firefox writes them
  EXPECT_EQ(rule_of(*guard, request), "bot.contradiction");
  request.browser.is_order_known = false;
  EXPECT_EQ(rule_of(*guard, request), "");
  request.is_secure = false;
  request.browser = {};
  EXPECT_EQ(rule_of(*guard, request), "bot.contradiction");
}

TEST(BotGuard, KnowsALibraryThatIsNoBrowsers) {
  const RouteRules route{.endpoint = EndpointClass::kSession};
  const auto guard = make_bot_guard();
  auto request = make_session_request(route);
  request.tls = {.is_known = true, .offers_http2 = true, .offers_tls13 = true, .has_grease = true};
  EXPECT_EQ(rule_of(*guard, request), "");
  request.tls.has_grease = false;
  EXPECT_EQ(rule_of(*guard, request), "") << "one thing alone says little";
  request.tls.offers_http2 = false;
  const auto verdict = guard->check(request, make_policy());
  EXPECT_EQ(verdict.rule, "bot.contradiction");
  EXPECT_EQ(verdict.evidence, "TLS without h2, TLS without GREASE");
  request.user_agent = kFirefox;
  request.browser.is_language_before_encoding = true;
  EXPECT_EQ(rule_of(*guard, request), "") << "Firefox sends no GREASE";
  request.tls.offers_tls13 = false;
  EXPECT_EQ(rule_of(*guard, request), "bot.contradiction");
  request.tls.is_known = false;
  EXPECT_EQ(rule_of(*guard, request), "") << "TLS ends at a proxy";
}

TEST(BotGuard, RefusesFingerprintsThatAreNamedWhateverElseIsSet) {
  const RouteRules route{.endpoint = EndpointClass::kSession};
  const auto guard = make_bot_guard();
  auto request = make_session_request(route);
  const std::string_view ja4 = "t13d1516h2_8daaf6152771_e5627efa2ab1";
  request.tls = {.is_known = true, .offers_http2 = true, .offers_tls13 = true, .has_grease = true};
  ja4.copy(request.tls.ja4.data(), ja4.size());
  auto policy = make_policy();
  policy.bots = BotPolicy::kOff;
  EXPECT_EQ(rule_of(*guard, request, policy), "");
  policy.ja4_denied = {"t13d3112h2_e8f1e7e78f70_b26ce05bbdd6", std::string(ja4)};
  const auto verdict = guard->check(request, policy);
  EXPECT_EQ(verdict.action, Action::kDeny);
  EXPECT_EQ(verdict.rule, "bot.ja4");
  EXPECT_EQ(verdict.evidence, ja4);
}

TEST(BotGuard, LooksAtNewSessionsOnlyAndRefusesWhereAskedTo) {
  RouteRules route{.endpoint = EndpointClass::kAi};
  const auto guard = make_bot_guard();
  auto request = make_session_request(route);
  request.user_agent = "OpenAI/Python 1.59.7";
  auto policy = make_policy();
  policy.bots = BotPolicy::kDeny;
  EXPECT_EQ(rule_of(*guard, request, policy), "");
  route.endpoint = EndpointClass::kSession;
  EXPECT_EQ(guard->check(request, policy).action, Action::kDeny);
  policy.bots = BotPolicy::kFlag;
  EXPECT_EQ(guard->check(request, policy).action, Action::kFlag);
  policy.bots = BotPolicy::kOff;
  EXPECT_EQ(guard->check(request, policy).action, Action::kAllow);
}

}  // namespace
}  // namespace gatehouse::guard
