#include "gatehouse/guard/rule_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

constexpr RuleKey kTop[] = {{.name = "family", .is_required = true}};
constexpr RuleKey kRule[] = {
    {.name = "id", .is_required = true},
    {.name = "words", .type = RuleKeyType::kTexts},
    {.name = "score", .type = RuleKeyType::kInteger},
    {.name = "weight", .type = RuleKeyType::kNumber},
    {.name = "ordered", .type = RuleKeyType::kBoolean},
    {.name = "action", .choices = "mask|cut"},
};
constexpr RuleForm kForms[] = {{"", kTop}, {"rule", kRule}};

Result<std::vector<RuleEntry>> read(std::vector<std::string> texts, const RuleLimits& limits = {}) {
  std::vector<RuleFile> files;
  for (auto& text : texts)
    files.push_back({std::string(1, static_cast<char>('a' + files.size())) + ".toml", text});
  return read_rule_documents(files, kForms, limits);
}

std::string fault_of(std::vector<std::string> texts, const RuleLimits& limits = {}) {
  const auto entries = read(std::move(texts), limits);
  return entries ? "none" : entries.error().client_message;
}

TEST(RuleDocument, ReadsEntriesInTheOrderOfTheFile) {
  const auto entries =
      read({"family = \"x\"\n[[rule]]\nid = \"b\"\nwords = [\"one\", \"two\"]\nscore = 7\n"
            "[[rule]]\nid = \"a\"\nweight = -1\nordered = true\naction = \"cut\"\n"});
  ASSERT_TRUE(entries) << entries.error().client_message;
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].text("family"), "x");
  const auto& first = (*entries)[1];
  EXPECT_EQ(first.form(), "rule");
  EXPECT_EQ(first.text("id"), "b");
  EXPECT_EQ(first.line(), 2U);
  EXPECT_THAT(first.texts("words"), testing::ElementsAre("one", "two"));
  EXPECT_EQ(first.integer("score"), 7);
  EXPECT_FALSE(first.has("weight"));
  EXPECT_EQ(first.text("action", "mask"), "mask");
  const auto& second = (*entries)[2];
  EXPECT_EQ(second.number("weight"), -1.0);
  EXPECT_TRUE(second.flag("ordered"));
}

TEST(RuleDocument, NamesFileAndLineOfWhatIsWrong) {
  const std::string head = "family = \"x\"\n[[rule]]\n";
  EXPECT_EQ(fault_of({"[[rule]]\nid = \"a\"\n"}), "a.toml:1: 'family' is missing. Add it.");
  EXPECT_EQ(fault_of({head + "score = 1\n"}), "a.toml:2: 'id' is missing. Add it.");
  EXPECT_EQ(fault_of({head + "id = \"a\"\nscore = 2000\n"}),
            "a.toml:4: score must be from 0 to 1000.");
  EXPECT_EQ(fault_of({head + "id = 3\n"}), "a.toml:3: id must be a text in quotes.");
  EXPECT_EQ(fault_of({head + "id = \"a\"\naction = \"burn\"\n"}),
            "a.toml:4: action must be one of mask|cut.");
  EXPECT_THAT(fault_of({head + "id = \"a\"\nmaches = []\n"}),
              testing::StartsWith("a.toml:4: 'maches' is not known here. Known are id, words"));
  EXPECT_THAT(fault_of({"family = \"x\"\nfamly = 1\n"}), testing::StartsWith("a.toml:2: 'famly'"));
  EXPECT_THAT(fault_of({head + "id = \n"}), testing::StartsWith("a.toml:3: is not valid TOML."));
}

TEST(RuleDocument, RefusesAnIdTwiceOverAllFiles) {
  const std::string file = "family = \"x\"\n[[rule]]\nid = \"a\"\n";
  EXPECT_EQ(fault_of({file, "\n" + file}),
            "b.toml:4: id 'a' is taken by a.toml:2. Choose another.");
}

TEST(RuleDocument, HoldsItsBounds) {
  const std::string file = "family = \"x\"\n[[rule]]\nid = \"a\"\n[[rule]]\nid = \"b\"\n";
  EXPECT_EQ(fault_of({file}, {.entries = 3}), "none");
  EXPECT_THAT(fault_of({file}, {.entries = 2}),
              testing::HasSubstr("a.toml:4: The file holds more"));
  EXPECT_THAT(fault_of({file}, {.file_bytes = 10}), testing::HasSubstr("larger than 10 bytes"));
  EXPECT_THAT(fault_of({"family = \"xyz\"\n"}, {.text_bytes = 2}),
              testing::HasSubstr("a.toml:1: family is longer than 2 bytes"));
}

}  // namespace
}  // namespace gatehouse::guard
