#include "gatehouse/guard/reply_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reply_rule.hpp"
#include "reply_test_support.hpp"

namespace gatehouse::guard {
namespace {

std::string fault_of(std::string text, const ReplyOptions& options = {}) {
  const RuleFile file{"a.toml", std::move(text)};
  const auto rules = ReplyRules::compile({&file, 1}, options);
  return rules ? "none" : rules.error().client_message;
}

TEST(ReplyRules, ExamplesMatchAndMiss) {
  const auto files = reply_rule_files();
  const auto examples = ReplyRules::examples(files);
  ASSERT_TRUE(examples) << examples.error().client_message;
  EXPECT_GT(examples->size(), 100U);
  const Policy policy =
      reply_policy({.personal = ReplyMode::kEnforce, .html = ReplyMode::kEnforce});
  for (const auto& example : *examples) {
    const auto rules = rules_found(policy, example.text);
    const bool is_found = std::ranges::find(rules, example.rule) != rules.end();
    EXPECT_EQ(is_found, example.is_match)
        << example.place << " " << example.rule << ": " << example.text << " found "
        << testing::PrintToString(rules);
  }
}

TEST(ReplyRules, FaultsNameFileAndLineAndWhatToDo) {
  const std::string head =
      "[[rule]]\nid = \"a\"\nmessage = \"m\"\ngroup = \"secrets\"\nmatches = []\nmisses = []\n";
  EXPECT_EQ(fault_of(head + "openers = [\"x\"]\nconfirm = \"magic\"\n").substr(0, 33),
            "a.toml:8: confirm must be one of ");
  EXPECT_EQ(fault_of(head + "confirm = \"key\"\n"),
            "a.toml:1: needs either openers or first. Add one of them.");
  EXPECT_THAT(fault_of(head + "openers = [\"x\"]\nconfirm = \"key\"\nbody = 'z-a'\n"),
              testing::StartsWith("a.toml:9: body is no set of bytes."));
  EXPECT_THAT(fault_of(head + "openers = [\"x\"]\nconfirm = \"key\"\naction = \"replace\"\n"),
              testing::StartsWith("a.toml:9: action replace and a replacement"));
}

TEST(ReplyRules, RefusesCanariesThatProseCouldHold) {
  EXPECT_THAT(fault_of("", {.canaries = {Secret("short")}}),
              testing::StartsWith("guard.canaries: "));
  EXPECT_EQ(fault_of("", {.canaries = {Secret("long-enough")}}), "none");
}

TEST(ByteSet, ReadsRangesEscapesAndComplements) {
  EXPECT_EQ(parse_byte_set("a-c_-")->count(), 5U);
  EXPECT_TRUE((*parse_byte_set("\\n"))['\n']);
  EXPECT_EQ(parse_byte_set("^")->count(), 256U);
  EXPECT_FALSE((*parse_byte_set("^a-z"))['q']);
  EXPECT_FALSE(parse_byte_set("z-a"));
  EXPECT_FALSE(parse_byte_set("a\\"));
}

}  // namespace
}  // namespace gatehouse::guard
