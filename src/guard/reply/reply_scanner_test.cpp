#include "gatehouse/guard/reply_scanner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "reply_test_support.hpp"

namespace gatehouse::guard {
namespace {

// Put together, so that nothing here looks like a key.
const std::string kKeyBody = "proj-0123456789abcdefghijkl";
const std::string kKey = "sk-" + kKeyBody;

constexpr std::string_view kProse =
    "It's a fair question: I'd say so - \"as it was\" (see pages 3-7), and a gift shop's 20% sale "
    "ends at 5. A hat, an axe & Xenia's npm notes; https is safe! <3 Être à l’heure — 東京へ行く。";

std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> all;
  for (const char c : text) {
    if (!is_utf8_tail(c)) all.emplace_back();
    all.back() += c;
  }
  return all;
}

TEST(ReplyScanner, ProseIsNeverHeldHoweverItComes) {
  const Policy policy = reply_policy();
  const auto pieces = characters_of(kProse);
  const auto out = scan_pieces(policy, pieces);
  ASSERT_EQ(out.pieces.size(), pieces.size() + 1);
  for (std::size_t i = 0; i < pieces.size(); ++i) EXPECT_EQ(out.pieces[i], pieces[i]) << i;
  EXPECT_EQ(out.pieces.back(), "");
}

TEST(ReplyScanner, AStringOfProseIsHandedBackAsItIs) {
  ReplyScanner scanner(reply_policy());
  std::string text = "a longer piece of plain prose, on the heap";
  const char* const where = text.data();
  scanner.scan(0, 0, text);
  EXPECT_EQ(text.data(), where);
}

TEST(ReplyScanner, MasksASecretAndShowsWhatStandsAroundIt) {
  EXPECT_EQ(scan_text(reply_policy(), "key: " + kKey + ", keep it"), "key: sk-•••, keep it");
}

// What rules find, and what stands close to it.
std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts = {
      std::string(kProse) + kKey + " rival rivals ~planted~ end",
      "![a](https://ok.example/x) ![b](https://evil.example/?q=1) [r]: http://evil.example\nend",
      "<img src='//evil.example/a'> <b>x</b> <imgx> (02) 1234-5678 ann@mail.example.com.",
      "![" + std::string(1200, 'x') + "](https://evil.example/) after " + kKey};
  for (const auto& example : ReplyRules::examples(reply_rule_files()).value())
    texts.push_back(example.text + " and " + example.text);
  return texts;
}

Policy strict_policy() {
  return reply_policy({.personal = ReplyMode::kEnforce,
                       .html = ReplyMode::kEnforce,
                       .link_hosts = {"ok.example"},
                       .words = {"rival", "begin", "http"},
                       .canaries = {Secret("~planted~")}});
}

TEST(ReplyScanner, DivisionsAtEveryByteAndAllOfThemChangeNothing) {
  const Policy lax = reply_policy();
  const Policy strict = strict_policy();
  const auto texts = hostile_texts();
  for (const Policy* policy : {&lax, &strict}) {
    for (const auto& text : texts) {
      const std::string whole = scan_text(*policy, text);
      const auto characters = characters_of(text);
      EXPECT_EQ(scan_pieces(*policy, characters).all(), whole);
      std::string begin;
      for (const auto& character : characters) {
        begin += character;
        const std::array pieces = {begin, text.substr(begin.size())};
        ASSERT_EQ(scan_pieces(*policy, pieces).all(), whole) << begin;
      }
    }
  }
}

TEST(ReplyScanner, WhatItLetThroughItLetsThroughAgain) {
  const Policy lax = reply_policy();
  const Policy strict = reply_policy({.personal = ReplyMode::kEnforce,
                                      .html = ReplyMode::kEnforce,
                                      .link_hosts = {"ok.example"},
                                      .words = {"rival"}});
  const auto texts = hostile_texts();
  std::mt19937 chance(1);  // the same texts each time
  for (int i = 0; i < 1000; ++i) {
    std::string text;
    for (; chance() % 4 != 0; text += "; ") {
      const auto& from = texts[chance() % texts.size()];
      const auto half = characters_of(from);
      for (auto at = chance() % half.size(); at < half.size(); ++at) text += half[at];
    }
    text += texts[chance() % texts.size()];
    for (const Policy* policy : {&lax, &strict}) {
      const auto once = scan_text(*policy, text);
      EXPECT_EQ(scan_text(*policy, once), once) << text;
    }
  }
}

TEST(ReplyScanner, HoldsAtMostAKilobyteAndThenDecides) {
  const Policy policy = reply_policy({.personal = ReplyMode::kEnforce});
  for (const std::string opener : {"https://", "eyJ", "![", "<img ", "-----BEGIN ", "]:", "a@"}) {
    OpenerScan scan;
    struct Sink final : FindingSink {
      void found(const ReplyRule&) override {}
    } sink;
    std::string text = opener;
    auto cut = scan.enforce(policy.reply_rules->enforced(), text, false, sink);
    for (int i = 0; !cut && i < 5000; ++i) {
      text = "A";
      cut = scan.enforce(policy.reply_rules->enforced(), text, false, sink);
      ASSERT_LE(scan.held_bytes(), kHeldBytesMax) << opener;
    }
  }
}

TEST(ReplyScanner, WhatIsUndecidedAtItsLongestIsCut) {
  EXPECT_EQ(scan_text(reply_policy(), "see https://" + std::string(600, 'a')),
            "see https://|secret.connection");
}

TEST(ReplyScanner, AnImageTextThatIsTooLongIsBrokenByABlankLine) {
  const std::string text(1000, 'x');
  EXPECT_EQ(scan_text(reply_policy(), "![" + text + "](https://evil.example)"),
            "![\n\n" + text + "](https://evil.example)");
}

TEST(ReplyScanner, AWholePrivateKeyIsHiddenAndTheTextBehindItIsNot) {
  const std::string name = "EC PRIVATE KEY-----";
  const std::string pem =
      "-----BEGIN " + name + "\n" + std::string(3000, 'M') + "\n-----END " + name;
  EXPECT_EQ(scan_text(reply_policy(), "Here: " + pem + "\nKeep it."),
            "Here: -----BEGIN•••\nKeep it.");
}

TEST(ReplyScanner, ObservingHoldsAndChangesNothing) {
  const Policy policy = reply_policy({.mode = ReplyMode::kObserve});
  const auto pieces = characters_of("key " + kKey + " of ann@mail.example.com ![](//evil.example)");
  const auto out = scan_pieces(policy, pieces);
  for (std::size_t i = 0; i < pieces.size(); ++i) EXPECT_EQ(out.pieces[i], pieces[i]) << i;
  std::string all;
  for (const auto& piece : pieces) all += piece;
  EXPECT_THAT(rules_found(policy, all),
              testing::IsSupersetOf({"secret.openai", "personal.email", "link.image"}));
}

TEST(ReplyScanner, OffLeavesTheBoundsOnly) {
  Policy policy = reply_policy({.mode = ReplyMode::kOff});
  EXPECT_EQ(scan_text(policy, kKey), kKey);
  policy.reply_max_bytes = 4;
  EXPECT_EQ(scan_text(policy, kKey), kKey.substr(0, 4) + "|reply.too_long");
}

TEST(ReplyScanner, CutsWhatIsTooLongOrNoTextAtThatVeryByte) {
  Policy policy;
  policy.reply_max_bytes = 6;
  EXPECT_EQ(scan_text(policy, "abcdef"), "abcdef");
  EXPECT_EQ(scan_text(policy, "abcdefg"), "abcdef|reply.too_long");
  EXPECT_EQ(scan_text(policy, "abcdeé"), "abcde|reply.too_long");
  EXPECT_EQ(scan_text(policy, "ab\xE2\x82"), "ab|reply.not_text");
  EXPECT_EQ(scan_text(policy, std::string("ab\0cd", 5)), "ab|reply.not_text");
}

TEST(ReplyScanner, ACanaryCutsTheReplyWhereverItStands) {
  const Policy policy = reply_policy({.canaries = {Secret("kx7-canary")}});
  EXPECT_EQ(scan_text(policy, "It says: abkx7-canarycd"), "It says: abkx7-|canary");
  EXPECT_EQ(scan_text(policy, "kx7-canal"), "kx7-canal");
  EXPECT_EQ(scan_text(policy, std::string("kx7-canary\0", 11)), "kx7-|canary");
  EXPECT_EQ(scan_text(policy, "kx7-kx7-canary"), "kx7-kx7-|canary");
}

TEST(ReplyScanner, WordsOfTheSiteAreMaskedWhereTheyStandAlone) {
  const Policy policy = reply_policy({.words = {"Rival", "秘密"}});
  EXPECT_EQ(scan_text(policy, "RIVAL, rivals, arrival, rival"), "•••, rivals, arrival, •••");
  EXPECT_EQ(scan_text(policy, "這是秘密嗎"), "這是•••嗎");
}

TEST(ReplyScanner, ListedHostsMayShowImagesAndOthersMayNotEvenBeLinked) {
  const Policy policy = reply_policy({.link_hosts = {"ok.example", "*.own.example"}});
  const std::string good = "![a](https://ok.example/a.png) https://img.own.example/x";
  EXPECT_EQ(scan_text(policy, good), good);
  EXPECT_EQ(scan_text(policy, "https://ok.example.evil.example/x y"), "https://••• y");
  EXPECT_EQ(scan_text(policy, "https://ok.example@evil.example/x"), "https://•••");
  const std::string foreign = "![a](https://evil.example/?q=1)";
  EXPECT_EQ(scan_text(reply_policy({.link_hosts = {"*"}}), foreign), foreign);
  EXPECT_EQ(scan_text(reply_policy(), foreign + "."), "![•••] .");
}

TEST(ReplyScanner, EachChoiceAndLaneIsReadOnItsOwn) {
  ReplyScanner scanner(reply_policy());
  std::string first = kKey.substr(0, 12);
  std::string second = "plain";
  scanner.scan(0, 0, first);
  scanner.scan(1, 0, second);
  std::string rest = kKey.substr(12);
  scanner.scan(0, 0, rest);
  EXPECT_EQ(first + rest, "sk-•••");
  EXPECT_EQ(second, "plain");
}

TEST(ReplyScanner, JsonIsReadDecodedAndStaysJson) {
  const auto scan = [policy = reply_policy({.personal = ReplyMode::kEnforce})](std::string json) {
    ReplyScanner scanner(policy);
    scanner.scan_json(json);
    return json;
  };
  std::string escaped;
  for (const char c : kKey) escaped += "\\u00" + to_hex(std::string(1, c));
  EXPECT_EQ(scan(R"({"k":")" + escaped + R"(","n":1})"), R"({"k":"sk-•••","n":1})");
  const std::string clean = R"({ "a" : "\u00e9\/\n", "b":[1.5e3, "\ud83d\ude00"] })";
  EXPECT_EQ(scan(clean), clean);
  EXPECT_EQ(scan(R"({"card":4111111111111111})"), R"({"card":"•••"})");
  EXPECT_EQ(scan(R"({"open":")" + kKey), R"({"open":"sk-•••")");
}

TEST(ReplyScanner, TellsWhatItFoundAndHowMuchItRead) {
  const SystemClock clock;
  const auto ring = std::make_shared<telemetry::LogRing>();
  telemetry::Log log(clock, telemetry::Level::kInfo, ring);
  telemetry::Counters counters;
  ReplyScanner scanner(reply_policy({.canaries = {Secret("kx7-canary")}}));
  std::string text = kKey + " kx7-canary and more";
  const auto bytes = text.size();
  scanner.scan(0, 0, text);
  std::string later = "unseen";
  scanner.scan(0, 0, later);
  EXPECT_EQ(later, "");
  scanner.log_findings(log, counters, "request-1");
  std::string lines;
  ring->drain(lines);
  EXPECT_THAT(lines, testing::HasSubstr("\"rule\":\"secret.openai\",\"action\":\"mask\""));
  EXPECT_THAT(lines, testing::HasSubstr("\"rule\":\"canary\",\"action\":\"cut\""));
  EXPECT_THAT(lines, testing::HasSubstr("\"bytes_scanned\":" + std::to_string(bytes - 9)));
  EXPECT_THAT(lines, testing::HasSubstr("\"bytes_unscanned\":15"));
  EXPECT_THAT(lines, testing::Not(testing::HasSubstr(kKeyBody)));
  EXPECT_EQ(counters.get(telemetry::Counter::kGuardDenied), 1U);
}

}  // namespace
}  // namespace gatehouse::guard
