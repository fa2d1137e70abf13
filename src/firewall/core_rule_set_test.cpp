#include "gatehouse/firewall/core_rule_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gatehouse/async/task_group.hpp"

namespace gatehouse::firewall {
namespace {

using guard::FirewallHit;
using guard::FirewallReport;
using guard::FirewallRequest;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kInjection = "1' OR '1'='1' UNION SELECT password FROM users--";

CoreRuleSetSettings settings_of(unsigned paranoia = 1, bool reads_messages = false) {
  return {.module_path = GATEHOUSE_FIREWALL_MODULE,
          .rules_folder = "/usr/share/modsecurity-crs/rules",
          .paranoia = paranoia,
          .reads_messages = reads_messages};
}

CoreRuleSet& shared_rules(bool reads_messages = false) {
  static const auto kPlain = CoreRuleSet::open(settings_of()).value();
  static const auto kReading = CoreRuleSet::open(settings_of(1, true)).value();
  return reads_messages ? *kReading : *kPlain;
}

FirewallRequest get(std::string target) {
  return {.method = "GET",
          .target = std::move(target),
          .client = "192.0.2.1",
          .headers = {{"Host", "chat.example.com"},
                      {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"},
                      {"Accept", "*/*"}},
          .body = {}};
}

FirewallRequest post(std::string target, std::string body) {
  FirewallRequest request = get(std::move(target));
  request.method = "POST";
  request.headers.emplace_back("Content-Type", "application/json");
  request.headers.emplace_back("Content-Length", std::to_string(body.size()));
  request.body = std::move(body);
  return request;
}

FirewallReport look(const FirewallRequest& request, bool reads_messages = false) {
  return shared_rules(reads_messages).look_at_now(request);
}

auto has_rule(std::string_view rule) { return Contains(Field(&FirewallHit::rule, rule)); }

TEST(CoreRuleSet, FindsNothingInOrdinaryRequests) {
  FirewallRequest removal = get("/api/v1/conversations/c-1");
  removal.method = "DELETE";
  FirewallRequest local = get("/api/v1/conversations");
  local.headers[0].second = "127.0.0.1:8080";
  for (const auto& request :
       {get("/api/v1/conversations?limit=20"), removal, local,
        post("/api/v1/chat", R"({"message":"How do I write a SELECT with UNION?","stream":true})"),
        post("/api/v1/sessions", "{}"), post("/api/v1/sessions", "")}) {
    const auto report = look(request);
    EXPECT_THAT(report.hits, IsEmpty()) << request.target << ": " << report.hits[0].rule;
    EXPECT_EQ(report.unscanned, "") << request.target;
  }
}

TEST(CoreRuleSet, NamesTheRulesThatAnAttackHits) {
  EXPECT_THAT(look(get("/api/v1/conversations?file=../../../etc/passwd")).hits,
              AllOf(has_rule("waf.930100"), has_rule("waf.930120")));
  EXPECT_THAT(look(get("/api/v1/conversations?q=1'%20OR%20'1'='1'%20UNION%20SELECT%201--")).hits,
              has_rule("waf.942100"));
  FirewallRequest scan = get("/api/v1/conversations");
  scan.headers[1].second = "sqlmap/1.7";
  const auto report = look(scan);
  ASSERT_EQ(report.hits.size(), 1U);
  EXPECT_EQ(report.hits[0].rule, "waf.913100");
  EXPECT_EQ(report.hits[0].points, guard::Firewall::kDenyPoints);
  EXPECT_EQ(report.hits[0].evidence,
            "Found User-Agent associated with security scanner in REQUEST_HEADERS:User-Agent: "
            "sqlmap");
}

TEST(CoreRuleSet, LooksAtAllOfABodyButItsProse) {
  const std::string in_message = R"({"message":")" + std::string(kInjection) + R"("})";
  const std::string in_messages =
      R"({"messages":[{"role":"user","content":")" + std::string(kInjection) +
      R"("},{"role":"user","content":[{"type":"text","text":"java.lang.Runtime <script>x"}]}]})";
  for (const auto& request :
       {post("/api/v1/chat", in_message), post("/v1/chat/completions", in_messages)}) {
    EXPECT_THAT(look(request).hits, IsEmpty()) << request.body;
    EXPECT_THAT(look(request, true).hits, has_rule("waf.942100")) << request.body;
  }
  const std::string in_metadata =
      R"({"message":"Hello","metadata":{"page":")" + std::string(kInjection) + R"("}})";
  EXPECT_THAT(look(post("/api/v1/chat", in_metadata)).hits, has_rule("waf.942100"));
}

TEST(CoreRuleSet, SaysWhatItCouldNotRead) {
  EXPECT_EQ(look(post("/api/v1/chat", R"({"message":)")).unscanned, "the body could not be read");
  std::string many = R"({"metadata":[1)";
  for (int i = 0; i < 2000; ++i) many += ",1";
  EXPECT_EQ(look(post("/api/v1/chat", many + "]}")).unscanned, "the body could not be read");
  const std::string deep = R"({"metadata":)" + std::string(100, '[') + std::string(100, ']') + "}";
  EXPECT_EQ(look(post("/api/v1/chat", deep)).unscanned, "the body could not be read");
}

TEST(CoreRuleSet, WritesNoCredentialsAndNoControlCharactersDown) {
  FirewallRequest request = get("/api/v1/conversations?token=" + std::string("sk-") +
                                std::string(40, 'a') + "%01../../../etc/passwd");
  request.headers.emplace_back("Cookie", "session=../../../etc/passwd");
  const auto report = look(request);
  EXPECT_THAT(report.hits, Not(IsEmpty()));
  for (const auto& hit : report.hits) {
    EXPECT_THAT(hit.evidence, Not(HasSubstr("aaaaaaaaaaaaaaaa")));
    EXPECT_TRUE(std::ranges::all_of(hit.evidence, [](char c) { return c >= ' ' && c <= '~'; }));
  }
}

TEST(CoreRuleSet, FindsMoreAtAHigherParanoia) {
  const auto strict = CoreRuleSet::open(settings_of(4)).value();
  const auto request = get("/api/v1/conversations?q=%27");
  EXPECT_THAT(look(request).hits, IsEmpty());
  EXPECT_THAT(strict->look_at_now(request).hits, Not(IsEmpty()));
}

TEST(CoreRuleSet, SaysWhichPackageIsMissing) {
  auto settings = settings_of();
  settings.rules_folder = "/nonexistent";
  const auto no_rules = CoreRuleSet::open(settings);
  ASSERT_FALSE(no_rules);
  EXPECT_THAT(no_rules.error().client_message, HasSubstr("modsecurity-crs"));
  settings.module_path = "/nonexistent/gatehouse-firewall.so";
  const auto no_module = CoreRuleSet::open(settings);
  ASSERT_FALSE(no_module);
  EXPECT_THAT(no_module.error().client_message, HasSubstr("libmodsecurity3"));
}

TEST(CoreRuleSet, NamesTheFileOfABrokenRule) {
  const std::string folder = testing::TempDir() + "broken_rules";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/REQUEST-911-BROKEN.conf") << "SecNonsense On\n";
  auto settings = settings_of();
  settings.rules_folder = folder;
  const auto broken = CoreRuleSet::open(settings);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().client_message, HasSubstr("REQUEST-911-BROKEN.conf"));
}

FirewallReport look_from_worker(CoreRuleSet& rules, FirewallRequest request) {
  SystemClock clock;
  async::Worker worker(clock, 0);
  async::TaskGroup group(worker, [](auto, auto) { FAIL(); });
  FirewallReport out;
  worker.post([&] {
    group.spawn("look",
                [](CoreRuleSet& on, async::Worker& home, FirewallRequest sent,
                   FirewallReport& report) -> async::Task<void> {
                  report = co_await on.look_at(home, std::move(sent));
                  home.stop();
                }(rules, worker, std::move(request), out));
  });
  worker.run();
  return out;
}

TEST(CoreRuleSet, AnswersOnTheWorkerThatAsks) {
  const auto report = look_from_worker(shared_rules(), get("/?file=../../../etc/passwd"));
  EXPECT_THAT(report.hits, has_rule("waf.930100"));
  EXPECT_EQ(report.unscanned, "");
}

TEST(CoreRuleSet, LeavesUnscannedWhatItHasNoPlaceOrTimeFor) {
  auto settings = settings_of();
  settings.queue_limit = 0;
  const auto full = CoreRuleSet::open(settings).value();
  EXPECT_EQ(look_from_worker(*full, get("/")).unscanned, "too many requests wait for it");
  settings.queue_limit = 8;
  settings.patience = Duration(1);
  const auto hasty = CoreRuleSet::open(settings).value();
  std::string prose;
  while (prose.size() < 200'000) prose += "Which of the two is faster, and why? ";
  const auto slow = post("/api/v1/chat", R"({"metadata":{"page":")" + prose + R"("}})");
  EXPECT_EQ(look_from_worker(*hasty, slow).unscanned, "it took too long");
}

TEST(CoreRuleSet, IsSafeFromManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> found = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&found] {
      for (int n = 0; n < 20; ++n)
        found += static_cast<int>(look(get("/?file=../../../etc/passwd")).hits.size());
    });
  }
  for (auto& thread : threads) thread.join();
  const auto once = look(get("/?file=../../../etc/passwd")).hits.size();
  EXPECT_EQ(found, static_cast<int>(80 * once));
}

}  // namespace
}  // namespace gatehouse::firewall
