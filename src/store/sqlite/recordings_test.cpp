#include "gatehouse/store/sqlite/recordings.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/base/text.hpp"
#include "temporary_store.hpp"

namespace gatehouse::store::sqlite {
namespace {

using guard::Recording;

crypto::Sealer sealer_of(std::uint32_t seed = 1) {
  const std::string key(32, static_cast<char>('0' + seed));
  return {crypto::SealingKeys::from_text("1 " + to_base64url(key)).value(), "recordings"};
}

std::shared_ptr<const guard::ReplyRules> shipped_masks() {
  std::vector<guard::RuleFile> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(GATEHOUSE_SOURCE_DIR "/rules/reply")) {
    std::ifstream in(entry.path());
    files.push_back({entry.path().filename().string(), {std::istreambuf_iterator<char>(in), {}}});
  }
  return guard::ReplyRules::compile(files, {.personal = guard::ReplyMode::kEnforce,
                                            .html = guard::ReplyMode::kOff,
                                            .link_hosts = {"*"}})
      .value();
}

// A file with what is added to it at the times of a fake clock.
class File {
 public:
  explicit File(RecordingSettings settings = {})
      : recordings_(Recordings::open(path(), sealer_of(), std::move(settings), random_).value()) {}

  std::string path() const { return folder_.file("recordings.db"); }
  WallTime now() const { return clock_.wall(); }
  void pass(std::chrono::days days) { clock_.advance(days); }
  Recordings& operator*() { return *recordings_; }

  void say(const std::string& id, const std::string& text) {
    recordings_->add({.request_id = id,
                      .at = clock_.wall(),
                      .principal = Principal::Kind::kVisitor,
                      .messages = {{.text = text}},
                      .action = guard::Action::kFlag,
                      .rule = "a.rule",
                      .score = 512});
  }
  void flush() {
    SystemClock clock;
    async::Worker worker(clock, 0);
    async::TaskGroup group(worker, [](auto, auto) { FAIL(); });
    worker.post([&] {
      group.spawn("flush", [](Recordings& on, async::Worker& home, WallTime at) -> async::Task<> {
        const auto kept = co_await on.flush(home, at);
        EXPECT_TRUE(kept);
        home.stop();
      }(*recordings_, worker, clock_.wall()));
    });
    worker.run();
  }
  RecordingsFound find(const crypto::Sealer& sealer = sealer_of(), std::uint32_t limit = 1000) {
    return Recordings::find(path(), sealer, WallTime{}, limit).value();
  }
  std::string ids() {
    std::string out;
    for (const auto& recording : find().recordings) out += recording.request_id + " ";
    return out;
  }
  std::string bytes() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.file(""))) {
      std::ifstream in(entry.path(), std::ios::binary);
      all += std::string(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

 private:
  TemporaryFolder folder_;
  SecureRandom random_;
  FakeClock clock_;
  std::unique_ptr<Recordings> recordings_;
};

TEST(Recordings, ComeBackAsTheyWereAdded) {
  File file;
  file.say("r-1", "What are your opening hours?");
  guard::RouteRules route{guard::EndpointClass::kChat, guard::BodyKind::kJson, 4096};
  guard::RequestView view;
  view.method = "POST";
  view.path = "/api/v1/chat";
  view.host = "chat.example";
  view.referer = "https://chat.example/page?token=1";
  view.browser = {.has_accept = true, .is_host_first = true};
  view.tls = {.is_known = true, .offers_http2 = true, .has_grease = true};
  view.tls.ja4.fill('x');
  view.body_bytes = 77;
  view.has_body = true;
  view.route = &route;
  (*file).add({.request_id = "r-2", .at = file.now(), .head = guard::recorded_head(view)});
  file.flush();
  const auto found = file.find();
  ASSERT_EQ(found.recordings.size(), 2U);
  EXPECT_EQ(found.unreadable, 0U);
  const Recording& message = found.recordings[0];
  EXPECT_EQ(message.request_id, "r-1");
  EXPECT_EQ(message.at, file.now());
  EXPECT_EQ(message.principal, Principal::Kind::kVisitor);
  EXPECT_EQ(message.action, guard::Action::kFlag);
  EXPECT_EQ(message.rule, "a.rule");
  EXPECT_EQ(message.score, 512);
  EXPECT_FALSE(message.head);
  ASSERT_EQ(message.messages.size(), 1U);
  EXPECT_EQ(message.messages[0].text, "What are your opening hours?");
  const auto head = found.recordings[1].request_view();
  EXPECT_EQ(head.host, "chat.example");
  EXPECT_EQ(head.referer, "https://chat.example/page");
  EXPECT_EQ(head.browser, view.browser);
  EXPECT_EQ(head.tls, view.tls);
  EXPECT_EQ(head.body_bytes, 77U);
  EXPECT_TRUE(head.has_body);
  EXPECT_EQ(head.route->endpoint, guard::EndpointClass::kChat);
  EXPECT_EQ(head.route->body_limit_bytes, 4096U);
}

TEST(Recordings, ShowNothingInTheFileAndOpenWithTheSecretOnly) {
  File file;
  file.say("r-1", "What are your opening hours?");
  file.flush();
  EXPECT_EQ(file.bytes().find("opening"), std::string::npos);
  EXPECT_EQ(file.bytes().find("a.rule"), std::string::npos);
  const auto found = file.find(sealer_of(2));
  EXPECT_TRUE(found.recordings.empty());
  EXPECT_EQ(found.unreadable, 1U);
}

TEST(Recordings, HoldNoSecretsAndNoPersonalData) {
  File file({.masks = shipped_masks()});
  file.say("r-1", "My key is sk-" + std::string(48, 'a') + ", write to ann@example.com please.");
  file.flush();
  const auto text = file.find().recordings.at(0).messages.at(0).text;
  EXPECT_EQ(text.find("aaaa"), std::string::npos) << text;
  EXPECT_EQ(text.find("ann@"), std::string::npos) << text;
  EXPECT_TRUE(text.starts_with("My key is ")) << text;
  EXPECT_TRUE(text.ends_with(" please.")) << text;
}

TEST(Recordings, GoAfterTheirDays) {
  File file({.days = 7});
  file.say("old", "first");
  file.flush();
  file.pass(std::chrono::days(4));
  file.say("new", "second");
  file.flush();
  EXPECT_EQ(file.ids(), "old new ");
  file.pass(std::chrono::days(4));
  file.flush();
  EXPECT_EQ(file.ids(), "new ");
  file.pass(std::chrono::days(4));
  file.flush();
  EXPECT_EQ(file.ids(), "");
}

TEST(Recordings, KeepTheNewestOfTooMany) {
  File file({.max_bytes = 20'000});
  for (int i = 0; i < 1000; ++i) file.say("r-" + std::to_string(i), std::string(1000, 'a'));
  file.flush();
  const auto found = file.find().recordings;
  ASSERT_FALSE(found.empty());
  EXPECT_LT(found.size(), 20U);
  EXPECT_GT(found.size(), 10U);
  EXPECT_EQ(found.back().request_id, "r-999");
  EXPECT_EQ(file.find(sealer_of(), 3).recordings.front().request_id, "r-997");
}

TEST(Recordings, LeaveOutWhatIsTooLongOrNoText) {
  File file;
  file.say("long", std::string(Recordings::kMaxTextBytes + 1, 'a'));
  file.say("broken", "\xFF");
  file.say("fine", "hello");
  EXPECT_EQ((*file).passed_over(), 1U);
  file.flush();
  EXPECT_EQ(file.ids(), "fine ");
  for (int i = 0; i < 200; ++i) file.say("r", std::string(Recordings::kMaxTextBytes, 'a'));
  EXPECT_GT((*file).passed_over(), 60U) << "what waits is bounded";
}

TEST(Recordings, TakeAFewOfAMinuteFromOneClient) {
  File file;
  const auto client = *IpPrefix::parse("192.0.2.7/32");
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += (*file).takes("message", client, TimePoint{}) ? 1 : 0;
  EXPECT_EQ(taken, static_cast<int>(guard::ExplanationSampler::kPerMinute));
}

}  // namespace
}  // namespace gatehouse::store::sqlite
