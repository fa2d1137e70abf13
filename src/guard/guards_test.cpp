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

}  // namespace
}  // namespace gatehouse::guard
