#include "n8n_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::responders {
namespace {

using ::testing::HasSubstr;

class Recorder final : public chat::ReplySink {
 public:
  void push(chat::ReplyEvent&& event) override {
    if (std::holds_alternative<chat::ReplyStart>(event)) ++starts;
    if (std::holds_alternative<chat::ReplyEnd>(event)) ++ends;
    const auto* const delta = std::get_if<chat::ReplyDelta>(&event);
    if (delta == nullptr) return;
    EXPECT_EQ(starts, 1) << "text before the start";
    text += delta->text;
    ++pieces;
  }
  async::Task<Result<void>> flush() override { co_return Result<void>(); }

  std::string text;
  int pieces = 0;
  int starts = 0;
  int ends = 0;
};

struct Heard {
  N8nReader::Read read;
  Recorder sink;
  bool is_stream = false;
};

// However a body is cut, the answer is the same.
Heard hear(std::string_view body, std::size_t step = 1'000'000, bool is_json = false) {
  Heard heard;
  codec::JsonReader json;
  N8nReader reader(json, heard.sink, is_json);
  while (!body.empty() && heard.read) {
    heard.read = reader.read(body.substr(0, step));
    body.remove_prefix(std::min(step, body.size()));
  }
  if (heard.read) heard.read = reader.end();
  heard.is_stream = reader.is_stream();
  return heard;
}

std::string text_of(std::string_view body) {
  const auto heard = hear(body);
  EXPECT_TRUE(heard.read) << body << ": " << heard.read.error().diagnosis;
  EXPECT_EQ(heard.sink.ends, heard.read ? 1 : 0);
  EXPECT_EQ(hear(body, 1).sink.text, heard.sink.text) << "byte by byte";
  return heard.sink.text;
}

std::string_view fault_of(std::string_view body) {
  const auto heard = hear(body);
  EXPECT_EQ(heard.sink.ends, 0);
  return heard.read ? std::string_view("none") : heard.read.error().diagnosis;
}

std::string chunk(std::string_view type, std::string_view node, std::string_view content = {},
                  int run = 0) {
  std::string line = R"({"type":")" + std::string(type) + '"';
  if (!content.empty()) line += R"(,"content":")" + std::string(content) + '"';
  line += R"(,"metadata":{"nodeId":")" + std::string(node) + R"(","nodeName":"Respond",)" +
          R"("itemIndex":0,"runIndex":)" + std::to_string(run) + R"(,"timestamp":1795221500850}})";
  return line + '\n';
}

TEST(N8nReader, ReadsAStreamAsItComes) {
  const std::string body = chunk("begin", "d2") + chunk("item", "d2", "You ") +
                           chunk("item", "d2", "said: é✓") + chunk("end", "d2");
  EXPECT_EQ(text_of(body), "You said: é✓");
  const auto heard = hear(body, 7);
  EXPECT_EQ(heard.sink.pieces, 2);
  EXPECT_EQ(heard.sink.starts, 1);
  EXPECT_TRUE(heard.is_stream);
}

TEST(N8nReader, TellsNodesThatSpeakAtOnceOneAfterTheOther) {
  EXPECT_EQ(text_of(chunk("begin", "a") + chunk("begin", "b") + chunk("item", "a", "one ") +
                    chunk("item", "b", "three ") + chunk("item", "a", "two") +
                    chunk("item", "b", "four") + chunk("end", "b") + chunk("end", "a")),
            "one two\n\nthree four");
  EXPECT_EQ(
      text_of(chunk("begin", "a") + chunk("item", "a", "one") + chunk("end", "a") +
              chunk("begin", "a", "", 1) + chunk("item", "a", "two", 1) + chunk("end", "a", "", 1)),
      "one\n\ntwo");
}

// Respond to Webhook begins and ends each item of one run.
TEST(N8nReader, TellsTheItemsOfOneRunAsOneText) {
  EXPECT_EQ(text_of(chunk("begin", "a") + chunk("item", "a", "one ") + chunk("end", "a") +
                    chunk("begin", "a") + chunk("item", "a", "two") + chunk("end", "a")),
            "one two");
}

TEST(N8nReader, BoundsWhatItHoldsBack) {
  std::string body = chunk("begin", "a") + chunk("item", "a", "first");
  const std::string long_text(100'000, 'x');
  for (int i = 0; i < 20; ++i) body += chunk("item", "b", long_text);
  EXPECT_EQ(fault_of(body), diagnosis::kTooLarge);
  std::string many = chunk("begin", "a");
  for (int i = 0; i < 70; ++i) many += chunk("begin", "b", "", i);
  EXPECT_EQ(fault_of(many), diagnosis::kTooLarge);
}

TEST(N8nReader, TellsOfANodeThatFailedWithinAStream) {
  const auto heard =
      hear(chunk("begin", "g2") + chunk("item", "g2", "half") + chunk("error", "g2"));
  ASSERT_FALSE(heard.read);
  EXPECT_EQ(heard.read.error().diagnosis, diagnosis::kNodeFailed);
  EXPECT_EQ(heard.read.error().detail, "the node Respond");
  EXPECT_EQ(heard.sink.text, "half");
}

TEST(N8nReader, TellsOfAStreamWithoutTextOrEnd) {
  EXPECT_EQ(fault_of(chunk("begin", "a") + chunk("end", "a")), diagnosis::kSilentStream);
  EXPECT_EQ(hear("", 1, true).read.error().diagnosis, diagnosis::kSilentStream);
  EXPECT_EQ(fault_of(chunk("begin", "a") + chunk("item", "a", "half")), diagnosis::kBrokeOff);
}

TEST(N8nReader, TakesALineThatIsNoJsonAsText) {
  EXPECT_EQ(text_of(chunk("begin", "a") + "plain words\n" + chunk("end", "a")), "plain words");
  EXPECT_EQ(fault_of(chunk("begin", "a") + "<html><body>502</body></html>\n"), diagnosis::kPage);
  EXPECT_EQ(fault_of(chunk("begin", "a") + "{\"type\":\n"), diagnosis::kNotText);
}

TEST(N8nReader, ReadsEveryFormOfAWholeAnswer) {
  EXPECT_EQ(text_of(R"({"output":"You said: hi"})"), "You said: hi");
  EXPECT_EQ(text_of(R"({"output":"You said: hi","jwtPayload":{"sub":"alice","iat":1}})"),
            "You said: hi");
  EXPECT_EQ(text_of(R"({"text":"t","message":"m"})"), "t");
  EXPECT_EQ(text_of("{\n  \"message\": \"m\"\n}"), "m");
  EXPECT_EQ(text_of(R"([{"output":"one"},{"id":5},{"text":"two"}])"), "one\n\ntwo");
  EXPECT_EQ(text_of(R"({"message":{"role":"assistant","content":"m"}})"), "m");
  EXPECT_EQ(text_of(R"({"output":42})"), "42");
  EXPECT_EQ(text_of(R"("quoted")"), "quoted");
  EXPECT_EQ(text_of("42"), "42");
  EXPECT_EQ(text_of("Plain text.\nIn two lines: <html> is a tag."),
            "Plain text.\nIn two lines: <html> is a tag.");
  EXPECT_EQ(text_of("[1] says so"), "[1] says so");
  EXPECT_FALSE(hear(R"({"output":"x"})").is_stream);
}

TEST(N8nReader, TellsWhatIsWrongWithAnAnswer) {
  EXPECT_EQ(fault_of(""), diagnosis::kNothing);
  EXPECT_EQ(fault_of(" \n"), diagnosis::kNothing);
  EXPECT_EQ(fault_of("[]"), diagnosis::kNothing);
  EXPECT_EQ(fault_of("{}"), diagnosis::kNothing);
  EXPECT_EQ(fault_of(R"({"output":""})"), diagnosis::kNothing);
  EXPECT_EQ(fault_of(R"({"executionStarted":true,"executionId":"1"})"), diagnosis::kStartedOnly);
  EXPECT_EQ(fault_of(R"({"message":"Workflow was started"})"), diagnosis::kStartedOnly);
  EXPECT_EQ(fault_of(R"({"message":"Error in workflow"})"), diagnosis::kNodeFailed);
  EXPECT_EQ(fault_of("\n<!DOCTYPE html><html><title>n8n</title></html>"), diagnosis::kPage);
  EXPECT_EQ(fault_of("{\"output\":\"cut"), diagnosis::kNotText);
  EXPECT_EQ(fault_of("caf\xE9"), diagnosis::kNotText);
}

// What a workflow holds beside its answer is nobody's business.
TEST(N8nReader, NeverShowsWhatIsNotNamedAsText) {
  EXPECT_EQ(fault_of(R"({"headers":{"authorization":"x"},"body":{"a":1}})"), diagnosis::kUnnamed);
  EXPECT_EQ(fault_of(R"({"error":{"stack":"at /usr/local/lib"}})"), diagnosis::kUnnamed);
}

TEST(N8nReader, RefusesAnAnswerWithoutEnd) {
  EXPECT_EQ(hear(std::string(9 * 1024 * 1024, 'x'), 64 * 1024).read.error().diagnosis,
            diagnosis::kTooLarge);
}

TEST(Diagnosis, KnowsTheUsualMistakes) {
  const auto of = [](std::uint16_t status, std::string_view body) {
    return std::string(diagnose_status(status, body, "/webhook/secret-path"));
  };
  EXPECT_THAT(of(401, "No token provided"), HasSubstr("JWT_SECRET"));
  EXPECT_THAT(of(401, "Authorization is required!"), HasSubstr("N8N_AUTH"));
  EXPECT_THAT(of(403, "invalid signature"), HasSubstr("must be the same"));
  EXPECT_THAT(of(403, "jwt expired"), HasSubstr("clocks"));
  EXPECT_THAT(of(403, "jwt malformed"), HasSubstr("N8N_AUTH=jwt"));
  EXPECT_THAT(of(403, "invalid algorithm"), HasSubstr("HS256"));
  EXPECT_THAT(of(403, "IP is not whitelisted to access the webhook!"), HasSubstr("Whitelist"));
  EXPECT_THAT(of(403, "Authorization data is wrong!"), HasSubstr("refuses the credential"));
  EXPECT_THAT(of(403, R"({"error":{"code":"wrong_token"}})"), HasSubstr("refuses what"));
  EXPECT_THAT(of(404, ""), HasSubstr("Publicly"));
  EXPECT_THAT(of(404, "<pre>Cannot POST /</pre>"), HasSubstr("none of its webhooks"));
  EXPECT_EQ(of(500, R"({"message":"No item to return was found"})"), diagnosis::kNothing);
  EXPECT_THAT(of(500, R"({"message":"No Respond to Webhook node found in the workflow"})"),
              HasSubstr("add one"));
  EXPECT_THAT(of(404, R"({"message":"The requested webhook \"x\" is not registered."})"),
              HasSubstr("activate the workflow"));
  EXPECT_THAT(of(404, R"({"message":"This webhook is not registered for POST requests. Did …"})"),
              HasSubstr("HTTP Method"));
  EXPECT_THAT(of(500, R"({"message":"Error in workflow"})"), HasSubstr("Executions"));
  EXPECT_THAT(of(504, "<html>"), HasSubstr("read timeout"));
  EXPECT_THAT(of(302, ""), HasSubstr("leads elsewhere"));
  EXPECT_THAT(of(418, ""), HasSubstr("Executions"));
  EXPECT_THAT(std::string(diagnose_status(404, "not registered", "/webhook-test/x")),
              HasSubstr("Production URL"));
}

}  // namespace
}  // namespace gatehouse::responders
