#include "gatehouse/guard/firewall.hpp"

#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

FirewallReport report_of(std::vector<FirewallHit> hits, std::string_view unscanned = {}) {
  return {.hits = std::move(hits), .unscanned = unscanned};
}

Policy policy_of(FirewallMode mode) {
  Policy policy;
  policy.firewall = mode;
  return policy;
}

TEST(JudgeFirewall, DeniesFromFivePointsOnAndOnlyWhereItMayBlock) {
  const auto blocks = policy_of(FirewallMode::kBlock);
  EXPECT_EQ(judge_firewall(report_of({}), blocks).action, Action::kAllow);
  const auto below = report_of({{.rule = "waf.1", .points = 4, .evidence = {}}});
  EXPECT_EQ(judge_firewall(below, blocks).action, Action::kAllow);
  const auto at = report_of({{.rule = "waf.1", .points = 3, .evidence = "first"},
                             {.rule = "waf.2", .points = 2, .evidence = "second"}});
  const Verdict denied = judge_firewall(at, blocks);
  EXPECT_EQ(denied.action, Action::kDeny);
  EXPECT_EQ(denied.code, ErrorCode::kForbidden);
  EXPECT_EQ(denied.rule, "waf.1");
  EXPECT_EQ(denied.score, 500);
  EXPECT_EQ(denied.evidence, "first; also waf.2");
  const Verdict flagged = judge_firewall(at, policy_of(FirewallMode::kObserve));
  EXPECT_EQ(flagged.action, Action::kFlag);
  EXPECT_EQ(flagged.score, 500);
}

TEST(JudgeFirewall, NamesTheWorstRuleAndKeepsItsEvidenceShort) {
  std::vector<FirewallHit> hits{{.rule = "waf.0", .points = 2, .evidence = "mild"}};
  for (int i = 0; i < 40; ++i) hits.push_back({.rule = "waf.9", .points = 5, .evidence = "bad"});
  const Verdict verdict = judge_firewall(report_of(hits), policy_of(FirewallMode::kBlock));
  EXPECT_EQ(verdict.rule, "waf.9");
  EXPECT_EQ(verdict.score, 1000);
  EXPECT_TRUE(verdict.evidence.starts_with("bad; also waf.0, waf.9")) << verdict.evidence;
  EXPECT_TRUE(verdict.evidence.ends_with(" and 32 more")) << verdict.evidence;
}

TEST(JudgeFirewall, ObservedRulesAreToldAndDoNotCount) {
  auto policy = policy_of(FirewallMode::kBlock);
  policy.observed_rules = {"waf.1"};
  const FirewallHit observed{.rule = "waf.1", .points = 5, .evidence = "seen"};
  const Verdict flagged = judge_firewall(report_of({observed}), policy);
  EXPECT_EQ(flagged.action, Action::kFlag);
  EXPECT_EQ(flagged.score, 0);
  EXPECT_EQ(flagged.evidence, "seen");
  const FirewallHit other{.rule = "waf.2", .points = 5, .evidence = {}};
  const Verdict denied = judge_firewall(report_of({observed, other}), policy);
  EXPECT_EQ(denied.action, Action::kDeny);
  EXPECT_EQ(denied.rule, "waf.2");
  EXPECT_EQ(denied.score, 500);
}

TEST(JudgeFirewall, LeavesToThePolicyWhatBecomesOfTheUnscanned) {
  auto policy = policy_of(FirewallMode::kBlock);
  const auto report = report_of({}, "it took too long");
  EXPECT_EQ(judge_firewall(report, policy).action, Action::kUnscanned);
  policy.denies_unscanned = true;
  const Verdict denied = judge_firewall(report, policy);
  EXPECT_EQ(denied.action, Action::kDeny);
  EXPECT_EQ(denied.code, ErrorCode::kUnavailable);
  EXPECT_EQ(denied.evidence, "it took too long");
  policy.firewall = FirewallMode::kObserve;
  EXPECT_EQ(judge_firewall(report, policy).action, Action::kUnscanned);
  const auto hit = report_of({{.rule = "waf.1", .points = 5, .evidence = {}}}, "it took too long");
  EXPECT_EQ(judge_firewall(hit, policy).rule, "waf.1") << "an attack that was seen counts more";
}

}  // namespace
}  // namespace gatehouse::guard
