#include "gatehouse/guard/escalation.hpp"

#include <gtest/gtest.h>

#include "gatehouse/guard/current_policy.hpp"

namespace gatehouse::guard {
namespace {

using namespace std::chrono_literals;

class EscalationTest : public testing::Test {
 protected:
  Escalation make(EscalationSettings settings = {}) {
    return Escalation(clock_, random_, std::move(settings));
  }
  static Verdict throttle() {
    return {.action = Action::kThrottle,
            .code = ErrorCode::kRateLimited,
            .score = 100,
            .rule = "limit.exceeded"};
  }

  FakeClock clock_;
  SecureRandom random_;
  const IpPrefix client_ = *IpPrefix::parse("198.51.100.7");
  const IpPrefix other_ = *IpPrefix::parse("198.51.100.8");
};

TEST_F(EscalationTest, ClimbsFromSlowerToWorkToOut) {
  Escalation escalation = make();
  std::vector<Ban> bans;
  escalation.set_on_ban([&](const Ban& ban) { bans.push_back(ban); });
  int until_slower = 0;
  int until_challenge = 0;
  int until_ban = 0;
  for (int i = 1; i <= 200 && until_ban == 0; ++i) {
    escalation.note(client_, nullptr, throttle());
    if (until_slower == 0 && escalation.level(client_) > 0) until_slower = i;
    if (until_challenge == 0 && escalation.needs_challenge(client_)) until_challenge = i;
    if (escalation.ban_of(client_.address())) until_ban = i;
  }
  EXPECT_EQ(until_slower, 13);
  EXPECT_EQ(until_challenge, 30);
  EXPECT_EQ(until_ban, 80);
  ASSERT_EQ(bans.size(), 1U);
  EXPECT_EQ(bans[0].reason, "limit.exceeded");
  EXPECT_FALSE(escalation.ban_of(other_.address()));
  EXPECT_EQ(escalation.level(other_), 0U);
}

TEST_F(EscalationTest, TakesOtherStepsWhileItRuns) {
  Escalation escalation = make();
  for (int i = 0; i < 20; ++i) escalation.note(client_, nullptr, throttle());
  EXPECT_FALSE(escalation.needs_challenge(client_));
  escalation.replace_steps({.challenge_at = 100});
  EXPECT_TRUE(escalation.needs_challenge(client_));
  escalation.replace_steps({.greatest = EscalationSettings::Greatest::kNothing, .ban_at = 100});
  EXPECT_FALSE(escalation.needs_challenge(client_));
  EXPECT_EQ(escalation.level(client_), 0U);
  escalation.note(client_, nullptr, throttle());
  EXPECT_FALSE(escalation.ban_of(client_.address()));
  escalation.replace_steps({.ban_at = 100});
  escalation.note(client_, nullptr, throttle());
  EXPECT_TRUE(escalation.ban_of(client_.address()));
}

TEST(CurrentPolicy, IsTheSameInAllCopies) {
  CurrentPolicy first(Policy{.deny_at = 700});
  const CurrentPolicy second = first;
  EXPECT_EQ(second.get().deny_at, 700);
  first.replace(std::make_shared<const Policy>(Policy{.deny_at = 900}));
  EXPECT_EQ(second.get().deny_at, 900);
}

TEST_F(EscalationTest, OurOwnWantOfTimeIsNoFaultOfTheirs) {
  Escalation escalation = make();
  for (int i = 0; i < 200; ++i) {
    escalation.note(
        client_, nullptr,
        {.action = Action::kDeny, .code = ErrorCode::kUnavailable, .rule = "waf.unscanned"});
  }
  EXPECT_EQ(escalation.level(client_), 0U);
  EXPECT_FALSE(escalation.ban_of(client_.address()));
}

TEST_F(EscalationTest, EveryStepEndsByItself) {
  Escalation escalation = make();
  for (int i = 0; i < 80; ++i) escalation.note(client_, nullptr, throttle());
  ASSERT_TRUE(escalation.ban_of(client_.address()));
  clock_.advance(12min);
  EXPECT_FALSE(escalation.ban_of(client_.address()));
  clock_.advance(60min);
  EXPECT_FALSE(escalation.needs_challenge(client_));
  clock_.advance(3h);
  EXPECT_EQ(escalation.level(client_), 0U);
}

TEST_F(EscalationTest, WorkThatWasDoneBuysPatience) {
  Escalation escalation = make();
  for (int i = 0; i < 40; ++i) escalation.note(client_, nullptr, throttle());
  ASSERT_TRUE(escalation.needs_challenge(client_));
  escalation.note_solved(client_);
  EXPECT_FALSE(escalation.needs_challenge(client_));
}

TEST_F(EscalationTest, SlowsAKeyDownWithoutBanningItsAddress) {
  Escalation escalation = make();
  const Principal key{.kind = Principal::Kind::kApiKey, .id = "shop"};
  for (int i = 0; i < 300; ++i) escalation.note(client_, &key, throttle());
  EXPECT_EQ(escalation.level(key), 7U);
  EXPECT_EQ(escalation.level(client_), 0U);
  EXPECT_FALSE(escalation.ban_of(client_.address()));
}

TEST_F(EscalationTest, GoesNoFurtherThanItIsAllowed) {
  Escalation escalation = make({.greatest = EscalationSettings::Greatest::kThrottle});
  for (int i = 0; i < 300; ++i) escalation.note(client_, nullptr, throttle());
  EXPECT_EQ(escalation.level(client_), 7U);
  EXPECT_FALSE(escalation.needs_challenge(client_));
  EXPECT_FALSE(escalation.ban_of(client_.address()));
  Escalation none = make({.greatest = EscalationSettings::Greatest::kNothing});
  for (int i = 0; i < 300; ++i) none.note(client_, nullptr, throttle());
  EXPECT_EQ(none.level(client_), 0U);
}

TEST_F(EscalationTest, ForgivesMistakesAndNotAttacks) {
  Escalation escalation = make();
  const Verdict mistake{.action = Action::kDeny, .code = ErrorCode::kInvalid, .score = 50};
  for (int i = 0; i < 30; ++i) escalation.note(client_, nullptr, mistake);
  EXPECT_FALSE(escalation.needs_challenge(client_));
  const Verdict attack{.action = Action::kDeny, .code = ErrorCode::kContentBlocked, .score = 960};
  for (int i = 0; i < 8; ++i) escalation.note(other_, nullptr, attack);
  EXPECT_TRUE(escalation.ban_of(other_.address()));
}

TEST_F(EscalationTest, ALimitThatOthersHaveUsedUpIsNobodysFault) {
  Escalation escalation = make();
  Verdict shared = throttle();
  shared.score = 0;
  for (int i = 0; i < 300; ++i) escalation.note(client_, nullptr, shared);
  EXPECT_EQ(escalation.level(client_), 0U);
}

TEST_F(EscalationTest, NeverCountsAgainstTheExempt) {
  Escalation escalation = make({.bans = {.never = {*IpPrefix::parse("198.51.100.0/24")}}});
  for (int i = 0; i < 300; ++i) escalation.note(client_, nullptr, throttle());
  EXPECT_EQ(escalation.level(client_), 0U);
}

}  // namespace
}  // namespace gatehouse::guard
