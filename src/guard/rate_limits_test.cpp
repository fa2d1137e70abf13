#include "gatehouse/guard/rate_limits.hpp"

#include <gtest/gtest.h>

#include <set>

namespace gatehouse::guard {
namespace {

constexpr RateSeed kSeed{.low = 11, .high = 22};

IpPrefix client(std::string_view address) {
  return IpPrefix::of_client(*IpAddress::parse(address));
}

RateLimits limits(std::string_view preset = "balanced", const RateLimitOverrides& overrides = {}) {
  return {*make_rate_limit_policy(preset, overrides), "default", kSeed};
}

const Principal kVisitor{.kind = Principal::Kind::kVisitor, .id = "v1"};
const Principal kAnonymous{};

// "prefix-minute 60/60s, …"
std::string to_text(const RateCharges& charges) {
  std::string text;
  for (std::size_t i = 0; i < charges.charges().size(); ++i) {
    const RateCharge& charge = charges.charges()[i];
    text += (i == 0 ? "" : ", ") + std::string(charges.labels()[i].name) + " " +
            std::to_string(charge.limit) + "/" + std::to_string(charge.window_s) + "s";
  }
  return text;
}
std::string first_round(const RateLimits& limits, EndpointClass endpoint) {
  return to_text(limits.before_credentials(endpoint, client("192.0.2.1")));
}
std::string second_round(const RateLimits& limits, EndpointClass endpoint) {
  return to_text(limits.after_credentials(endpoint, kVisitor, client("192.0.2.1"), "example.org"));
}

TEST(RateLimits, BalancedIsWhatTheDocumentsSay) {
  const RateLimits balanced = limits();
  const std::string any = "prefix-minute 60/60s, prefix-hour 1000/3600s";
  EXPECT_EQ(first_round(balanced, EndpointClass::kApi), any);
  EXPECT_EQ(first_round(balanced, EndpointClass::kChat), any);
  EXPECT_EQ(first_round(balanced, EndpointClass::kAi), any);
  EXPECT_EQ(first_round(balanced, EndpointClass::kSession), any + ", session-creation 20/60s");
  EXPECT_EQ(first_round(balanced, EndpointClass::kSignIn), any + ", sign-in 10/60s");
  EXPECT_EQ(first_round(balanced, EndpointClass::kWebSocket), any + ", websocket 30/60s");
  EXPECT_EQ(first_round(balanced, EndpointClass::kStatic), "static 600/60s");
  EXPECT_EQ(first_round(balanced, EndpointClass::kHealth), "health 60/60s");
  EXPECT_EQ(first_round(balanced, EndpointClass::kMetrics), "metrics 60/60s");
  EXPECT_EQ(first_round(balanced, EndpointClass::kWebhook), "");
  EXPECT_EQ(first_round(balanced, EndpointClass::kPeer), "");
  EXPECT_EQ(first_round(balanced, EndpointClass::kChannel), "");
  EXPECT_EQ(to_text(balanced.after_bad_signature(client("192.0.2.1"))), "webhook-unsigned 30/60s");
  EXPECT_EQ(second_round(balanced, EndpointClass::kChat), "chat 30/60s, domain 1000/60s");
  EXPECT_EQ(second_round(balanced, EndpointClass::kAi), "chat 30/60s, domain 1000/60s");
  EXPECT_EQ(second_round(balanced, EndpointClass::kWebhook),
            "webhook-user 30/60s, domain 1000/60s");
  EXPECT_EQ(second_round(balanced, EndpointClass::kApi), "domain 1000/60s");
}

TEST(RateLimits, CountsUsersOfAChannelAndTheirGroups) {
  const RateLimits balanced = limits();
  const Principal user{.kind = Principal::Kind::kChannelUser, .id = "line:U1"};
  const Principal group{.kind = Principal::Kind::kChannelUser, .id = "line:C1"};
  EXPECT_EQ(second_round(balanced, EndpointClass::kChannel), "domain 1000/60s")
      << "the platform itself is nobody's limit";
  const auto alone = balanced.for_channel(user, nullptr);
  EXPECT_EQ(to_text(alone), "webhook-user 30/60s");
  const auto together = balanced.for_channel(user, &group);
  EXPECT_EQ(to_text(together), "webhook-user 30/60s, webhook-group 30/60s");
  EXPECT_EQ(alone.charges()[0].key, together.charges()[0].key);
  EXPECT_NE(together.charges()[0].key, balanced.for_channel(group, nullptr).charges()[0].key);
  RateLimitOverrides overrides;
  overrides.site_per_minute = 5;
  const RateLimits of_site(*make_rate_limit_policy("balanced", overrides), "default", {1, 2});
  EXPECT_EQ(to_text(of_site.for_channel(user, &group)),
            "webhook-user 30/60s, webhook-group 30/60s, site 5/60s");
}

TEST(RateLimits, PresetsDifferWhereTheTableSaysSo) {
  EXPECT_EQ(first_round(limits("line"), EndpointClass::kChat),
            "prefix-hour 50/3600s, prefix-day 200/86400s, chat-prefix 10/60s");
  EXPECT_EQ(second_round(limits("line"), EndpointClass::kChat), "chat 10/60s, domain 1000/60s");
  EXPECT_EQ(first_round(limits("messenger"), EndpointClass::kAi), "prefix-minute 100/60s");
  EXPECT_EQ(second_round(limits("messenger"), EndpointClass::kAi), "chat 100/60s, domain 1000/60s");
  EXPECT_EQ(first_round(limits("ai-api"), EndpointClass::kAi),
            "prefix-hour 100/3600s, chat-prefix 10/60s");
  EXPECT_EQ(first_round(limits("ai-api"), EndpointClass::kSignIn),
            "prefix-hour 100/3600s, sign-in 10/60s");
  EXPECT_EQ(*make_rate_limit_policy("proxy"), *make_rate_limit_policy("balanced"));
  EXPECT_EQ(*make_rate_limit_policy("documents"), *make_rate_limit_policy("balanced"));
}

TEST(RateLimits, OverridesSetTheFirstRowAndTheSecond) {
  const RateLimitOverrides overrides{
      .per_minute = 7, .per_hour = 70, .requests = 5, .window_s = 15};
  EXPECT_EQ(first_round(limits("balanced", overrides), EndpointClass::kApi),
            "prefix-minute 7/60s, prefix-hour 70/3600s");
  EXPECT_EQ(second_round(limits("balanced", overrides), EndpointClass::kChat),
            "chat 5/15s, domain 1000/60s");
  EXPECT_EQ(first_round(limits("line", overrides), EndpointClass::kChat),
            "prefix-minute 7/60s, prefix-hour 70/3600s, prefix-day 200/86400s, chat-prefix 5/15s");
  EXPECT_EQ(second_round(limits("balanced", {.requests = 9}), EndpointClass::kChat),
            "chat 9/60s, domain 1000/60s");
}

TEST(RateLimits, ASiteIsOneCounterForAllWhoTalkToIt) {
  const RateLimits sites = limits("balanced", {.site_per_minute = 500});
  EXPECT_EQ(second_round(sites, EndpointClass::kChat),
            "chat 30/60s, site 500/60s, domain 1000/60s");
  EXPECT_EQ(second_round(sites, EndpointClass::kAi), "chat 30/60s, site 500/60s, domain 1000/60s");
  EXPECT_EQ(second_round(sites, EndpointClass::kApi), "domain 1000/60s");
  const auto key_of_site = [](const RateLimits& limits, const Principal& principal) {
    return limits.after_credentials(EndpointClass::kChat, principal, client("::1"), "")
        .charges()[1]
        .key;
  };
  const RateLimits other(sites.policy(), "other", kSeed);
  EXPECT_EQ(key_of_site(sites, kVisitor), key_of_site(sites, kAnonymous));
  EXPECT_NE(key_of_site(sites, kVisitor), key_of_site(other, kVisitor));
  EXPECT_TRUE(sites.after_credentials(EndpointClass::kChat, kVisitor, client("::1"), "")
                  .labels()[1]
                  .is_shared);
}

TEST(RateLimits, TokensCountPerPrincipalAndSite) {
  const RateLimits tokens = limits(
      "balanced",
      {.tokens_per_minute = 5'000, .tokens_per_day = 100'000, .site_tokens_per_day = 9'000'000});
  const auto charges =
      tokens.for_budgets(kVisitor, client("192.0.2.1"), 4).with_cost({.tokens = 1'234});
  EXPECT_EQ(to_text(charges),
            "tokens-minute 2500/60s, tokens-day 50000/86400s, site-tokens-day 9000000/86400s");
  for (const RateCharge& charge : charges.charges()) EXPECT_EQ(charge.cost, 1'234U);
  EXPECT_EQ(tokens.most_tokens(Principal{}).amount, 5'000U);
  EXPECT_EQ(tokens.most_tokens(Principal{}).name, "tokens-minute");
  EXPECT_EQ(limits().most_tokens(Principal{}).amount, 0U);
  EXPECT_EQ(to_text(limits().for_budgets(kVisitor, client("::1"))), "");
  const Principal key{.kind = Principal::Kind::kApiKey, .id = "v1"};
  const auto of_key = tokens.for_budgets(key, client("192.0.2.1")).with_cost({.tokens = 1});
  EXPECT_NE(of_key.charges()[0].key, charges.charges()[0].key);
  EXPECT_EQ(of_key.charges()[2].key, charges.charges()[2].key);
}

TEST(RateLimits, TokensAreCountedInUnitsThatFit) {
  const auto day_of = [](std::uint64_t limit, std::uint64_t tokens) {
    const RateLimits made = limits("balanced", {.tokens_per_day = limit});
    EXPECT_LE(made.most_tokens(Principal{}).amount, limit);
    const auto charges = made.for_budgets(kVisitor, client("::1")).with_cost({.tokens = tokens});
    EXPECT_LE(charges.charges()[0].limit, kMaxRateLimit);
    return charges.charges()[0];
  };
  EXPECT_EQ(day_of(kMaxRateLimit, 77).cost, 77U);
  EXPECT_EQ(day_of(kMaxRateLimit + 1, 77).cost, 39U);  // in twos, rounded up
  const std::uint64_t most = std::uint64_t{1} << 40;
  EXPECT_EQ(day_of(most, 1).cost, 1U);
  EXPECT_EQ(day_of(most, most).cost, day_of(most, 1).limit);
  EXPECT_EQ(day_of(most, UINT64_MAX).cost, UINT32_MAX);
  EXPECT_NE(day_of(kMaxRateLimit, 1).key, day_of(kMaxRateLimit + 1, 1).key);  // other units
  EXPECT_EQ(day_of(5'000, 1).key, day_of(9'000, 1).key);
}

TEST(RateLimits, SettingsThatMakeNoSenseAreNamed) {
  const auto field_of = [](const Result<RateLimitPolicy>& result) {
    return result ? "" : result.error().field;
  };
  EXPECT_EQ(field_of(make_rate_limit_policy("fast")), "preset");
  EXPECT_EQ(field_of(make_rate_limit_policy("line", {.per_minute = 0})), "RATE_LIMIT_PER_MINUTE");
  EXPECT_EQ(field_of(make_rate_limit_policy("line", {.per_hour = 1U << 24})),
            "RATE_LIMIT_PER_HOUR");
  EXPECT_EQ(field_of(make_rate_limit_policy("line", {.requests = 0})), "RATE_LIMIT_REQUESTS");
  EXPECT_EQ(field_of(make_rate_limit_policy("line", {.window_s = 0})), "RATE_LIMIT_WINDOW");
}

std::uint64_t key_of(const RateLimits& limits, std::string_view address) {
  return limits.before_credentials(EndpointClass::kApi, client(address)).charges()[0].key;
}
std::uint64_t parent_of(const RateLimits& limits, std::string_view address) {
  return limits.before_credentials(EndpointClass::kApi, client(address)).charges()[0].parent_key;
}

TEST(RateLimits, AClientIsAnIpv4AddressOrAnIpv6Network) {
  const RateLimits balanced = limits();
  EXPECT_EQ(key_of(balanced, "192.0.2.1"), key_of(balanced, "::ffff:192.0.2.1"));
  EXPECT_NE(key_of(balanced, "192.0.2.1"), key_of(balanced, "192.0.2.2"));
  EXPECT_EQ(key_of(balanced, "2001:db8::1"), key_of(balanced, "2001:db8::ffff:0:2"));
  EXPECT_NE(key_of(balanced, "2001:db8::1"), key_of(balanced, "2001:db8:0:1::1"));
  EXPECT_EQ(parent_of(balanced, "192.0.2.1"), parent_of(balanced, "192.0.2.2"));
  EXPECT_NE(parent_of(balanced, "192.0.2.1"), parent_of(balanced, "192.0.3.1"));
  EXPECT_EQ(parent_of(balanced, "2001:db8::1"), parent_of(balanced, "2001:db8:0:1::1"));
  EXPECT_NE(parent_of(balanced, "2001:db8::1"), parent_of(balanced, "2001:db8:1::1"));
}

TEST(RateLimits, NoTwoThingsShareAKey) {
  const RateLimits balanced = limits();
  const RateLimits other_site(balanced.policy(), "other", kSeed);
  const RateLimits other_seed(balanced.policy(), "default", {.low = 12, .high = 22});
  const RateLimits other_window(*make_rate_limit_policy("balanced", {.window_s = 61}), "default",
                                kSeed);
  const Principal key{.kind = Principal::Kind::kApiKey, .id = "v1"};
  const Principal domain_like{.kind = Principal::Kind::kVisitor, .id = "v1.example"};
  std::set<std::uint64_t> keys;
  std::size_t count = 0;
  const auto note = [&](const RateCharges& charges) {
    for (const RateCharge& charge : charges.charges()) {
      keys.insert({charge.key, charge.parent_key});
      count += 2;
    }
  };
  const IpPrefix from = client("192.0.2.1");
  for (const RateLimits* limits : {&balanced, &other_site, &other_seed}) {
    note(limits->before_credentials(EndpointClass::kSession, from));
    note(limits->after_bad_signature(from));
    note(limits->after_credentials(EndpointClass::kChat, kVisitor, from, "v1.example"));
  }
  EXPECT_EQ(keys.size(), count);
  const auto chat_key = [&](const RateLimits& limits, const Principal& principal) {
    return limits.after_credentials(EndpointClass::kChat, principal, from, "").charges()[0].key;
  };
  EXPECT_TRUE(keys.insert(chat_key(balanced, key)).second);
  EXPECT_TRUE(keys.insert(chat_key(balanced, domain_like)).second);
  EXPECT_TRUE(keys.insert(chat_key(balanced, kAnonymous)).second);
  EXPECT_TRUE(keys.insert(chat_key(other_window, kVisitor)).second);
}

TEST(RateLimits, OnlyWhoHasShownACredentialIsAuthenticated) {
  const RateLimits balanced = limits();
  const IpPrefix from = client("192.0.2.1");
  EXPECT_FALSE(
      balanced.before_credentials(EndpointClass::kApi, from).charges()[0].is_authenticated);
  const auto of_visitor = balanced.after_credentials(EndpointClass::kChat, kVisitor, from, "a.org");
  EXPECT_TRUE(of_visitor.charges()[0].is_authenticated);
  EXPECT_FALSE(of_visitor.charges()[1].is_authenticated);
  const auto of_nobody = balanced.after_credentials(EndpointClass::kChat, kAnonymous, from, "");
  EXPECT_EQ(to_text(of_nobody), "chat 30/60s");
  EXPECT_FALSE(of_nobody.charges()[0].is_authenticated);
}

TEST(RateLimits, AgreeWithThemselvesAndStayInBounds) {
  for (const std::string_view preset :
       {"balanced", "line", "proxy", "messenger", "ai-api", "documents"}) {
    const RateLimits of_preset = limits(preset, {.per_minute = 1, .per_hour = 2});
    for (int endpoint = 0; endpoint <= static_cast<int>(EndpointClass::kMetrics); ++endpoint) {
      const auto charges =
          of_preset.before_credentials(static_cast<EndpointClass>(endpoint), client("192.0.2.1"));
      EXPECT_LE(charges.charges().size(), RateCharges::kMaxCount);
      for (const RateCharge& charge : charges.charges()) {
        EXPECT_LE(charge.limit, kMaxRateLimit);
        EXPECT_GE(charge.window_s, 1U);
      }
    }
  }
}

RateDecision decision_of(bool is_admitted, std::uint8_t worst) {
  RateDecision decision{.is_admitted = is_admitted, .worst = worst, .quota_count = 2};
  decision.retry_after_s = is_admitted ? 0 : 40;
  decision.quotas[0] = {.remaining = 50, .reset_s = 30};
  decision.quotas[1] = {.remaining = 0, .reset_s = 12};
  return decision;
}

TEST(RateLimitHeaders, HaveTheFormOfTheDraft) {
  std::string lines = "X: y\r\n";
  append_rate_limit_headers(lines, limits().before_credentials(EndpointClass::kApi, client("::1")),
                            decision_of(true, 1));
  EXPECT_EQ(lines,
            "X: y\r\n"
            "RateLimit-Policy: \"prefix-minute\";q=60;w=60, \"prefix-hour\";q=1000;w=3600\r\n"
            "RateLimit: \"prefix-minute\";r=50;t=30, \"prefix-hour\";r=0;t=12\r\n");
}

TEST(RateLimitHeaders, TellOfSharedCountersOnlyWhenTheyRefuse) {
  const RateCharges charges =
      limits().after_credentials(EndpointClass::kChat, kVisitor, client("::1"), "example.org");
  std::string value;
  append_rate_limit(value, charges, decision_of(true, 1));
  EXPECT_EQ(value, "\"chat\";r=50;t=30");
  value.clear();
  append_rate_limit(value, charges, decision_of(false, 1));
  EXPECT_EQ(value, "\"chat\";r=50;t=30, \"domain\";r=0;t=12");
  value.clear();
  append_rate_limit_policy(value, charges, decision_of(false, 1));
  EXPECT_EQ(value, "\"chat\";q=30;w=60, \"domain\";q=1000;w=60");
}

TEST(RateLimitHeaders, ARefusalIsNeverEarlierThanWhatIsTold) {
  RateDecision refused = decision_of(false, 1);
  refused.retry_after_s = 12;
  std::string value;
  append_rate_limit(value, limits().before_credentials(EndpointClass::kApi, client("::1")),
                    refused);
  EXPECT_EQ(value, "\"prefix-hour\";r=0;t=12");
}

TEST(RateLimitHeaders, TellTokensAndNotUnits) {
  const std::uint64_t limit = std::uint64_t{1} << 40;
  const RateCharges charges =
      limits("balanced", {.tokens_per_day = limit}).for_budgets(kVisitor, client("::1"));
  RateDecision decision{.is_admitted = true, .quota_count = 1};
  decision.quotas[0] = {.remaining = charges.charges()[0].limit - 1, .reset_s = 9};
  std::string lines;
  append_rate_limit_headers(lines, charges, decision);
  EXPECT_EQ(lines,
            "RateLimit-Policy: \"tokens-day\";q=1099511627776;w=86400\r\n"
            "RateLimit: \"tokens-day\";r=1099511496704;t=9\r\n");
}

TEST(RateLimitHeaders, SayNothingWhereNothingWasCounted) {
  std::string lines = "X: y\r\n";
  const RateCharges charges = limits().before_credentials(EndpointClass::kApi, client("::1"));
  append_rate_limit_headers(lines, charges, RateDecision{.is_admitted = true});
  append_rate_limit_headers(lines, RateCharges{}, RateDecision{.is_admitted = true});
  EXPECT_EQ(lines, "X: y\r\n");
}

TEST(RateLimitHeaders, FitTheReservedBytes) {
  const RateLimits most = limits("line", {.per_minute = kMaxRateLimit,
                                          .per_hour = kMaxRateLimit,
                                          .requests = kMaxRateLimit,
                                          .window_s = kMaxRateWindowSeconds});
  RateDecision decision{.quota_count = 4};
  decision.quotas.fill({.remaining = kMaxRateLimit, .reset_s = UINT32_MAX});
  std::string lines;
  append_rate_limit_headers(lines, most.before_credentials(EndpointClass::kChat, client("::1")),
                            decision);
  EXPECT_LE(lines.size(), 600U);
}

TEST(RateLimits, ShrinkByEighthsButNeverToNothing) {
  const auto limit_at = [](unsigned lost) {
    return limits()
        .before_credentials(EndpointClass::kApi, client("192.0.2.1"), lost)
        .charges()[0]
        .limit;
  };
  EXPECT_EQ(limit_at(0), 60U);
  EXPECT_EQ(limit_at(4), 30U);
  EXPECT_EQ(limit_at(7), 7U);
  const RateLimits smallest(*make_rate_limit_policy("balanced", {.per_minute = 1}), "default", {});
  EXPECT_EQ(
      smallest.before_credentials(EndpointClass::kApi, client("192.0.2.1"), 7).charges()[0].limit,
      1U);
}

TEST(RateLimits, AKeyHasLimitsOfItsOwnBesideThoseOfAll) {
  const auto made = limits();
  const auto client = IpPrefix::of_client(*IpAddress::parse("192.0.2.1"));
  const Principal plain{.kind = Principal::Kind::kApiKey, .id = "plain"};
  const Principal bounded{.kind = Principal::Kind::kApiKey,
                          .id = "bounded",
                          .requests_per_minute = 7,
                          .tokens_per_day = 50'000'000};
  const auto of_key = [&](const Principal& principal, EndpointClass endpoint) {
    std::uint32_t limit = 0;
    const auto charges = made.after_credentials(endpoint, principal, client, {});
    for (std::size_t i = 0; i < charges.labels().size(); ++i) {
      if (charges.labels()[i].name == "key-minute") limit = charges.charges()[i].limit;
    }
    return limit;
  };
  EXPECT_EQ(of_key(plain, EndpointClass::kAi), 0U);
  EXPECT_EQ(of_key(bounded, EndpointClass::kAi), 7U);
  EXPECT_EQ(of_key(bounded, EndpointClass::kApi), 0U);
  EXPECT_FALSE(made.has_budget(plain));
  ASSERT_TRUE(made.has_budget(bounded));
  EXPECT_EQ(made.most_tokens(bounded).amount, 50'000'000U);
  const auto charges = made.for_budgets(bounded, client).with_cost({.tokens = 1000});
  ASSERT_EQ(charges.labels().size(), 1U);
  EXPECT_EQ(charges.labels()[0].name, "key-tokens-day");
  const auto units = charges.charges()[0].limit;
  EXPECT_LE(charges.labels()[0].amount_of(units), 50'000'000U);
  EXPECT_GT(charges.labels()[0].amount_of(units), 49'000'000U);
}

}  // namespace
}  // namespace gatehouse::guard
