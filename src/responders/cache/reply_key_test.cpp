#include "reply_key.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <string>

namespace gatehouse::responders {
namespace {

struct Asked {
  chat::Prompt prompt;
  std::string responder = "openai";
  std::string model = "gpt";
  std::string policy = "p1";
  std::uint64_t knowledge = 1;
  bool is_shared = false;
};

chat::ReplyKey key_of(const Asked& asked) {
  codec::JsonReader reader;
  return reply_key(
             asked.prompt, {.responder = asked.responder, .model = asked.model},
             {.policy = asked.policy, .knowledge = asked.knowledge, .is_shared = asked.is_shared},
             reader)
      .value();
}

Asked usual() {
  Asked asked;
  asked.prompt.asker = {.channel = "openai", .kind = "key", .language = "en", .sender = "key:a"};
  asked.prompt.model = "gpt";
  asked.prompt.openai_body =
      R"({"model":"gpt","temperature":0,"messages":[{"role":"user","content":"Hi"}],)"
      R"("tools":[{"type":"function","function":{"name":"f","parameters":{"a":1,"b":2}}}]})";
  return asked;
}

using Change = std::function<void(Asked&)>;

Change with_body(std::string body) {
  return [body = std::move(body)](Asked& asked) { asked.prompt.openai_body = body; };
}

TEST(ReplyKey, ChangesWithAllThatAnAnswerDependsOn) {
  const std::map<std::string, Change> changes = {
      {"site", [](Asked& asked) { asked.prompt.site = "other"; }},
      {"responder", [](Asked& asked) { asked.responder = "ollama"; }},
      {"model asked", [](Asked& asked) { asked.model = "gpt-2"; }},
      {"language", [](Asked& asked) { asked.prompt.asker.language = "de"; }},
      {"policy", [](Asked& asked) { asked.policy = "p2"; }},
      {"knowledge", [](Asked& asked) { asked.knowledge = 2; }},
      {"sender", [](Asked& asked) { asked.prompt.asker.sender = "key:b"; }},
      {"scope", [](Asked& asked) { asked.is_shared = true; }},
      {"text", with_body(R"({"model":"gpt","messages":[{"role":"user","content":"Hi!"}]})")},
      {"role", with_body(R"({"model":"gpt","messages":[{"role":"tool","content":"Hi"}]})")},
      {"system", with_body(R"({"model":"gpt","messages":[{"role":"system","content":"s"},)"
                           R"({"role":"user","content":"Hi"}]})")},
      {"order of messages",
       with_body(R"({"model":"gpt","messages":[{"role":"user","content":"Hi"},)"
                 R"({"role":"system","content":"s"}]})")},
      {"seed",
       with_body(R"({"model":"gpt","seed":1,"messages":[{"role":"user","content":"Hi"}]})")},
      {"no body", with_body("")},
  };
  std::map<chat::ReplyKey, std::string> seen = {{key_of(usual()), "the usual"}};
  for (const auto& [name, change] : changes) {
    Asked asked = usual();
    change(asked);
    const auto [at, is_new] = seen.emplace(key_of(asked), name);
    EXPECT_TRUE(is_new) << name << " and " << at->second;
  }
}

TEST(ReplyKey, StaysTheSameWithTheRest) {
  const std::map<std::string, Change> changes = {
      {"order and spaces",
       with_body(R"({ "tools":[{"function":{"parameters":{"b":2,"a":1},"name":"f"},)"
                 R"( "type":"function"}], "messages":[{"content":"\u0048i","role":"user"}],)"
                 R"( "temperature": 0, "model":"gpt" })")},
      {"how it is sent, and whose it is",
       with_body(
           R"({"model":"gpt","temperature":0,"messages":[{"role":"user","content":"Hi"}],)"
           R"("stream":true,"stream_options":{"include_usage":true},"user":"u","store":true,)"
           R"("metadata":{"m":"n"},)"
           R"("tools":[{"type":"function","function":{"name":"f","parameters":{"a":1,"b":2}}}]})")},
      {"request", [](Asked& asked) { asked.prompt.request_id = "another"; }},
      {"stream", [](Asked& asked) { asked.prompt.is_streamed = false; }},
  };
  for (const auto& [name, change] : changes) {
    Asked asked = usual();
    change(asked);
    EXPECT_EQ(key_of(asked), key_of(usual())) << name;
  }
  Asked one = usual();
  Asked other = usual();
  one.is_shared = other.is_shared = true;
  other.prompt.asker.sender = "key:b";
  EXPECT_EQ(key_of(one), key_of(other)) << "where all of a site share";
}

// A member of that name further inside belongs to the question.
TEST(ReplyKey, PassesOverNothingInside) {
  Asked one = usual();
  Asked other = usual();
  one.prompt.openai_body = R"({"messages":[{"role":"user","content":"Hi","user":"a"}]})";
  other.prompt.openai_body = R"({"messages":[{"role":"user","content":"Hi","user":"b"}]})";
  EXPECT_NE(key_of(one), key_of(other));
}

TEST(ReplyKey, IsNoneForABodyThatCannotBeRead) {
  codec::JsonReader reader;
  Asked asked = usual();
  for (const auto* const body : {"{", "[]", "{\"a\":1,\"a\":2}"}) {
    asked.prompt.openai_body = body;
    EXPECT_FALSE(reply_key(asked.prompt, {}, {}, reader)) << body;
  }
}

// Messages are told apart, wherever one ends and the next begins.
TEST(ReplyKey, KeepsTwoAskersApartWhateverTheySay) {
  std::mt19937 random(7);
  const auto pick = [&](const std::vector<std::string>& from) {
    return from[random() % from.size()];
  };
  std::map<chat::ReplyKey, std::string> seen;
  int crossed = 0;
  for (int i = 0; i < 20'000; ++i) {
    Asked asked = usual();
    auto& prompt = asked.prompt;
    prompt.openai_body.clear();
    prompt.asker.sender = pick({"visitor:a", "visitor:b"});
    prompt.asker.language = pick({"", "en", "visitor:a"});
    prompt.model = pick({"", "m", "user"});
    std::string spelled = prompt.asker.sender + "|" + prompt.asker.language + "|" + prompt.model;
    for (unsigned n = random() % 3 + 1; n > 0; --n) {
      const auto role = pick({"u", "a"}) == "u" ? chat::Role::kUser : chat::Role::kAssistant;
      prompt.messages.push_back({role, pick({"", "a", "user", "\",\"", "aa", "visitor:b"})});
      spelled += "|" + std::string(chat::name_of(role)) + "|" + prompt.messages.back().text;
    }
    const auto [at, is_new] = seen.emplace(key_of(asked), spelled);
    crossed += at->second == spelled ? 0 : 1;
  }
  EXPECT_EQ(crossed, 0);
  EXPECT_GT(seen.size(), 1000U);
}

}  // namespace
}  // namespace gatehouse::responders
