#include "gatehouse/responders/route/route.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

namespace gatehouse::responders {
namespace {

using ::testing::HasSubstr;

constexpr std::array<std::string_view, 3> kResponders = {"openai", "ollama", "knowledge"};

Result<Route> read(std::vector<std::string> rules) { return Route::read(rules, kResponders); }

std::string shown(const RouteRule* rule) {
  if (rule == nullptr) return "none";
  std::string out;
  for (const auto& step : rule->steps) {
    if (!out.empty()) out += " > ";
    for (const auto& arm : step) {
      out += arm.responder + (arm.model.empty() ? "" : "/" + arm.model) + ":" +
             std::to_string(arm.weight) + (&arm == &step.back() ? "" : "|");
    }
  }
  return out;
}

std::string choice(const Route& route, const chat::Prompt& prompt) {
  return shown(route.rule_for(prompt));
}

TEST(Route, ReadsStepsAndArms) {
  const auto route =
      read({"openai model=gpt-4o weight=90 or ollama model=llama3.2:3b weight=10 then knowledge"});
  ASSERT_TRUE(route) << route.error().client_message;
  EXPECT_EQ(choice(*route, {}), "openai/gpt-4o:90|ollama/llama3.2:3b:10 > knowledge:1");
}

TEST(Route, TakesTheFirstRuleThatHolds) {
  const auto route =
      read({"when channel=line language=de: ollama", "when asker=key model=big: openai",
            "when longer_than=5 shorter_than=9: knowledge", "openai"});
  ASSERT_TRUE(route) << route.error().client_message;
  chat::Prompt prompt;
  EXPECT_EQ(choice(*route, prompt), "openai:1");
  prompt.asker = {.channel = "line", .language = "de-AT"};
  EXPECT_EQ(choice(*route, prompt), "ollama:1");
  prompt.asker.language = "den";
  EXPECT_EQ(choice(*route, prompt), "openai:1");
  prompt.messages.push_back({chat::Role::kUser, "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"});
  EXPECT_EQ(choice(*route, prompt), "knowledge:1");
  prompt.messages.push_back({chat::Role::kUser, "1234"});
  EXPECT_EQ(choice(*route, prompt), "openai:1");
  prompt.asker = {.kind = "key"};
  prompt.model = "big";
  EXPECT_EQ(choice(*route, prompt), "openai:1");
}

TEST(Route, HasNothingForWhatNoRuleSpeaksOf) {
  EXPECT_EQ(choice(read({"when channel=web: openai"}).value(), {}), "none");
}

TEST(Route, SaysWhatIsWrongWithARule) {
  const auto why = [](std::string rule) {
    const auto route = read({"openai", std::move(rule)});
    return route ? "" : route.error().client_message;
  };
  EXPECT_THAT(why(""), HasSubstr("Rule 2 of the route: A responder is missing"));
  EXPECT_THAT(why("openai then"), HasSubstr("missing at its end"));
  EXPECT_THAT(why("n8n"), HasSubstr("no responder that is set up. There is openai, ollama"));
  EXPECT_THAT(why("openai weight=0"), HasSubstr("can't stand behind"));
  EXPECT_THAT(why("openai weight=10001"), HasSubstr("can't stand behind"));
  EXPECT_THAT(why("openai model="), HasSubstr("can't stand behind"));
  EXPECT_THAT(why("openai ollama"), HasSubstr("can't stand behind"));
  EXPECT_THAT(why("when channel=web openai"), HasSubstr("is no condition"));
  EXPECT_THAT(why("when channel=web"), HasSubstr("end with a colon"));
  EXPECT_THAT(why("when channel=mail: openai"), HasSubstr("channel is one of web, openai"));
  EXPECT_THAT(why("when longer_than=x: openai"), HasSubstr("is no condition"));
  EXPECT_FALSE(read(std::vector<std::string>(65, "openai")));
}

TEST(Route, GivesTheSameSenderTheSameArm) {
  const auto route = read({"openai weight=3 or ollama weight=1"}).value();
  const auto& step = route.rules()[0].steps[0];
  std::map<std::string, int> first;
  for (int i = 0; i < 4000; ++i) {
    const std::string sender = "visitor:" + std::to_string(i);
    const auto arms = arms_for(step, sender, 0);
    ASSERT_EQ(arms.size(), 2U);
    EXPECT_NE(arms[0], arms[1]);
    EXPECT_EQ(arms, arms_for(step, sender, 0));
    ++first[arms[0]->responder];
  }
  EXPECT_NEAR(first["openai"], 3000, 150);
}

}  // namespace
}  // namespace gatehouse::responders
