#include "gatehouse/guard/crawler_checks.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gatehouse/guard/request_guards.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::string_view kGoogle =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
constexpr std::string_view kGoogleName = "mozilla/5.0 (compatible; googlebot/2.1)";

class Checks : public testing::Test {
 protected:
  Checks() {
    checks_.set_on_question(
        [this](const CrawlerChecks::Question& question) { asked_.push_back(question); });
  }

  FakeClock clock_;
  CrawlerChecks checks_{clock_, 9};
  std::vector<CrawlerChecks::Question> asked_;
  const IpAddress google_ = *IpAddress::parse("66.249.66.1");
};

TEST_F(Checks, AskOnceAndRememberForADay) {
  EXPECT_EQ(checks_.check(kGoogleName, google_), CrawlerClaim::kUnknown);
  EXPECT_EQ(checks_.check(kGoogleName, google_), CrawlerClaim::kUnknown);
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0].client, google_);
  EXPECT_EQ(asked_[0].crawler->domains[0], "googlebot.com");
  checks_.note(asked_[0], CrawlerClaim::kTrue);
  clock_.advance(std::chrono::hours(23));
  EXPECT_EQ(checks_.check(kGoogleName, google_), CrawlerClaim::kTrue);
  EXPECT_EQ(checks_.check("bingbot/2.0", google_), CrawlerClaim::kUnknown) << "another's name";
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(checks_.check(kGoogleName, google_), CrawlerClaim::kUnknown);
  EXPECT_EQ(asked_.size(), 3U);
}

TEST_F(Checks, AskAgainWhatHadNoAnswer) {
  checks_.check(kGoogleName, google_);
  checks_.note(asked_[0], CrawlerClaim::kUnknown);
  EXPECT_EQ(checks_.check(kGoogleName, google_), CrawlerClaim::kUnknown);
  EXPECT_EQ(asked_.size(), 1U);
  clock_.advance(CrawlerChecks::kAskedAgainAfter);
  checks_.check(kGoogleName, google_);
  EXPECT_EQ(asked_.size(), 2U);
}

TEST_F(Checks, AskAFewAtATime) {
  for (unsigned i = 0; i < 100; ++i)
    checks_.check(kGoogleName, IpAddress::from_v4(0x08080000U + i));
  EXPECT_EQ(asked_.size(), 16U);
  checks_.note(asked_[0], CrawlerClaim::kFalse);
  EXPECT_EQ(checks_.check(kGoogleName, IpAddress::from_v4(0x08080000U)), CrawlerClaim::kFalse);
  checks_.check(kGoogleName, IpAddress::from_v4(0x08080000U + 99));
  EXPECT_EQ(asked_.size(), 17U) << "there is room for one more";
}

TEST_F(Checks, KnowWhoIsNone) {
  EXPECT_EQ(checks_.check("somebot/1.0", google_), CrawlerClaim::kNone);
  EXPECT_EQ(checks_.check(kGoogleName, *IpAddress::parse("192.168.1.1")), CrawlerClaim::kFalse);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(Checks, DecideAboutACrawlerThatOpensAChat) {
  const auto guard = make_bot_guard(&checks_);
  const RouteRules route{.endpoint = EndpointClass::kSession};
  RequestView request;
  request.method = "POST";
  request.changes_state = true;
  request.route = &route;
  request.user_agent = kGoogle;
  request.client = google_;
  Policy policy;
  policy.bots = BotPolicy::kDeny;
  EXPECT_EQ(guard->check(request, policy).rule, "bot.crawler") << "not verified yet";
  checks_.note(asked_[0], CrawlerClaim::kTrue);
  EXPECT_EQ(guard->check(request, policy).action, Action::kAllow);
  request.client = *IpAddress::parse("8.8.4.4");
  guard->check(request, policy);
  checks_.note(asked_[1], CrawlerClaim::kFalse);
  const auto verdict = guard->check(request, policy);
  EXPECT_EQ(verdict.action, Action::kDeny);
  EXPECT_EQ(verdict.rule, "bot.false_crawler");
  EXPECT_EQ(verdict.score, 700);
  EXPECT_EQ(make_bot_guard()->check(request, policy).rule, "bot.crawler") << "switched off";
}

}  // namespace
}  // namespace gatehouse::guard
