#include "judges.hpp"

#include <gtest/gtest.h>

namespace gatehouse::operations {
namespace {

using enum DrillVerdict;
using Headers = std::vector<std::pair<std::string, std::string>>;

Answer answer(std::uint16_t status, std::string body = {}, Headers headers = {}) {
  return {
      .status = status, .headers = std::move(headers), .body = std::move(body), .is_whole = true};
}

Exchange exchange(std::vector<Answer> answers, bool is_closed) {
  return {.is_connected = true, .is_closed = is_closed, .answers = std::move(answers)};
}

TEST(Judges, RefusalsHoldAndSuccessesAndBreakdownsFail) {
  for (const std::uint16_t status : {303, 400, 401, 404, 413, 422, 501, 505})
    EXPECT_EQ(judge_refusal(answer(status)).verdict, kHeld) << status;
  for (const std::uint16_t status : {200, 204, 500, 502, 503})
    EXPECT_EQ(judge_refusal(answer(status)).verdict, kFailed) << status;
  EXPECT_EQ(judge_refusal(answer(0)).verdict, kHeld);
  EXPECT_EQ(judge_refusal(answer(0, "what is this")).verdict, kUnclear);
}

TEST(Judges, ALimitThatAnswersInsteadProvesNothing) {
  EXPECT_EQ(judge_refusal(answer(429)).verdict, kUnclear);
  EXPECT_EQ(judge_credential(answer(429)).verdict, kUnclear);
  EXPECT_EQ(judge_payload(answer(429), "x", {}).verdict, kUnclear);
  EXPECT_EQ(judge_path(answer(429)).verdict, kUnclear);
  EXPECT_EQ(judge_prompt(answer(429), {}).verdict, kUnclear);
  EXPECT_EQ(judge_csp(answer(429), answer(429)).verdict, kUnclear);
  EXPECT_EQ(judge_masking(answer(429), "secret", 1).verdict, kUnclear);
  const auto challenged = answer(403, R"({"code":"challenge_required"})");
  EXPECT_EQ(judge_refusal(challenged).verdict, kUnclear);
  EXPECT_EQ(judge_credential(challenged).verdict, kUnclear);
  EXPECT_EQ(judge_prompt(challenged, {}).verdict, kUnclear);
}

TEST(Judges, CredentialsHoldOnlyAgainstARefusalOfThePerson) {
  EXPECT_EQ(judge_credential(answer(401)).verdict, kHeld);
  EXPECT_EQ(judge_credential(answer(403)).verdict, kHeld);
  EXPECT_EQ(judge_credential(answer(404)).verdict, kSkipped);
  EXPECT_EQ(judge_credential(answer(400)).verdict, kFailed) << "it got as far as the body";
  EXPECT_EQ(judge_credential(answer(200)).verdict, kFailed);
}

TEST(Judges, CorsFailsForAnEchoAndForAnyOriginWithCredentials) {
  const std::string allow = "access-control-allow-origin";
  const std::string credentials = "Access-Control-Allow-Credentials";
  EXPECT_EQ(judge_cors(answer(200), "https://e").verdict, kHeld);
  EXPECT_EQ(judge_cors(answer(200, {}, {{allow, "https://own"}}), "https://e").verdict, kHeld);
  EXPECT_EQ(judge_cors(answer(200, {}, {{allow, "https://e"}}), "https://e").verdict, kFailed);
  EXPECT_EQ(judge_cors(answer(200, {}, {{allow, "null"}}), "null").verdict, kFailed);
  EXPECT_EQ(judge_cors(answer(200, {}, {{allow, "*"}}), "https://e").verdict, kUnclear);
  EXPECT_EQ(judge_cors(answer(200, {}, {{allow, "*"}, {credentials, "true"}}), "https://e").verdict,
            kFailed);
}

TEST(Judges, HeadersHoldWithTheirExactValueOnce) {
  const std::string name = "X-Frame-Options";
  EXPECT_EQ(judge_header(answer(200, {}, {{name, "DENY"}}), name, "DENY").verdict, kHeld);
  EXPECT_EQ(judge_header(answer(200), name, "DENY").verdict, kFailed);
  EXPECT_EQ(judge_header(answer(200, {}, {{name, "SAMEORIGIN"}}), name, "DENY").verdict, kFailed);
  EXPECT_EQ(judge_header(answer(200, {}, {{name, "DENY"}, {name, "ALLOW"}}), name, "DENY").verdict,
            kFailed);
}

TEST(Judges, ANonceMustBeLongAndNewEachTime) {
  const auto with = [](const std::string& policy) {
    return answer(200, {}, {{"Content-Security-Policy", policy}});
  };
  const auto one = with("script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAAAA'");
  const auto other = with("script-src 'nonce-BBBBBBBBBBBBBBBBBBBBBBBB'");
  EXPECT_EQ(judge_csp(one, other).verdict, kHeld);
  EXPECT_EQ(judge_csp(one, one).verdict, kFailed);
  EXPECT_EQ(judge_csp(with("script-src 'nonce-abc'"), other).verdict, kFailed);
  EXPECT_EQ(judge_csp(with("script-src 'self' 'unsafe-inline'"), other).verdict, kFailed);
  EXPECT_EQ(judge_csp(answer(200), other).verdict, kFailed);
}

TEST(Judges, VersionsAndCookiesOfScriptsFail) {
  EXPECT_EQ(judge_disclosure(answer(200, {}, {{"Server", "nginx"}})).verdict, kHeld);
  EXPECT_EQ(judge_disclosure(answer(200, {}, {{"Server", "nginx/1.22"}})).verdict, kFailed);
  EXPECT_EQ(judge_disclosure(answer(200, {}, {{"X-Powered-By", "PHP"}})).verdict, kFailed);
  const auto cookie = [](const std::string& value) {
    return answer(201, {}, {{"Set-Cookie", value}});
  };
  EXPECT_EQ(judge_cookie(cookie("a=b; HttpOnly; SameSite=Lax"), false).verdict, kHeld);
  EXPECT_EQ(judge_cookie(cookie("a=b; HttpOnly; SameSite=Lax"), true).verdict, kFailed);
  EXPECT_EQ(judge_cookie(cookie("a=b; SameSite=Lax"), false).verdict, kFailed);
  EXPECT_EQ(judge_cookie(cookie("a=b; HttpOnly; SameSite=None"), false).verdict, kFailed);
}

TEST(Judges, SmugglingHoldsForOneRefusalAndAClosedConnection) {
  EXPECT_EQ(judge_smuggling(exchange({answer(400)}, true)).verdict, kHeld);
  EXPECT_EQ(judge_smuggling(exchange({}, true)).verdict, kHeld);
  EXPECT_EQ(judge_smuggling(exchange({answer(400)}, false)).verdict, kFailed);
  EXPECT_EQ(judge_smuggling(exchange({answer(200)}, true)).verdict, kFailed);
  EXPECT_EQ(judge_smuggling(exchange({answer(400), answer(200)}, true)).verdict, kFailed);
  EXPECT_EQ(judge_smuggling(exchange({}, false)).verdict, kUnclear);
  EXPECT_EQ(judge_single_answer(exchange({answer(422)}, false)).verdict, kHeld);
  EXPECT_EQ(judge_single_answer(exchange({answer(422), answer(200)}, false)).verdict, kFailed);
}

TEST(Judges, PayloadsFailWhenTheyBreakRunOrComeBackAsMarkup) {
  const std::string script = "<script>x</script>";
  const Headers html = {{"Content-Type", "text/html; charset=utf-8"}};
  EXPECT_EQ(judge_payload(answer(200, "a " + script), script, {}).verdict, kHeld);
  EXPECT_EQ(judge_payload(answer(200, "a " + script, html), script, {}).verdict, kFailed);
  EXPECT_EQ(judge_payload(answer(500), script, {}).verdict, kFailed);
  EXPECT_EQ(judge_payload(answer(200, "= 9801547"), "{{7331*1337}}", "9801547").verdict, kFailed);
  EXPECT_EQ(judge_payload(answer(400, "SQLSTATE[42000]: error"), "'", {}).verdict, kFailed);
  EXPECT_EQ(find_inside("you said SQLSTATE[", "SQLSTATE["), "") << "it was sent along";
  EXPECT_EQ(judge_path(answer(200, "root:x:0:0:root")).verdict, kFailed);
  EXPECT_EQ(judge_path(answer(200, "hello")).verdict, kUnclear);
  EXPECT_EQ(judge_path(answer(404)).verdict, kHeld);
}

TEST(Judges, SlowClientsMustBeSentAway) {
  auto slow = exchange({}, true);
  slow.duration_ms = 2000;
  EXPECT_EQ(judge_slow(slow, 5000).verdict, kHeld);
  slow.is_closed = false;
  slow.duration_ms = 5000;
  EXPECT_EQ(judge_slow(slow, 5000).verdict, kFailed);
}

TEST(Judges, RateItemsAreReadAndTheSmallestWindowThatFillsIsChosen) {
  const auto items = read_rate_items(R"("minute";q=60;w=60, "hour";q=10;w=3600, "x";q=30;w=60)");
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[1].limit, 10U);
  EXPECT_EQ(items[1].window_s, 3600U);
  const auto smallest = smallest_policy(items);
  ASSERT_TRUE(smallest);
  EXPECT_EQ(smallest->limit, 30U);
  EXPECT_FALSE(smallest_policy(read_rate_items(R"("hour";q=10;w=3600)")));
  EXPECT_EQ(judge_limit(60, 60, 429).verdict, kHeld);
  EXPECT_EQ(judge_limit(60, 61, 0).verdict, kFailed);
}

TEST(Judges, AForwardedAddressMustNotBringAFreshAllowance) {
  const auto left = [](const std::string& text) {
    return answer(401, {}, {{"RateLimit", "\"minute\";r=" + text + ";t=9"}});
  };
  EXPECT_EQ(judge_forwarded(left("59"), left("58")).verdict, kHeld);
  EXPECT_EQ(judge_forwarded(left("59"), left("59")).verdict, kFailed);
  EXPECT_EQ(judge_forwarded(left("59"), answer(429)).verdict, kHeld);
  EXPECT_EQ(judge_forwarded(answer(401), answer(401)).verdict, kUnclear);
}

TEST(Judges, OnlyACanaryProvesThatAPromptWorked) {
  EXPECT_EQ(judge_prompt(answer(422), "kx7").verdict, kHeld);
  EXPECT_EQ(judge_prompt(answer(200, "I can't do that"), "kx7").verdict, kUnclear);
  EXPECT_EQ(judge_prompt(answer(200, "it is kx7-1"), "kx7").verdict, kFailed);
}

TEST(Judges, ASecretOfTheBackendMustNotComeThrough) {
  EXPECT_EQ(judge_masking(answer(200, "the key is abc"), "abc", 1).verdict, kFailed);
  EXPECT_EQ(judge_masking(answer(200, "the key is •••"), "abc", 1).verdict, kHeld);
  EXPECT_EQ(judge_masking(answer(200, "hello"), "abc", 0).verdict, kSkipped);
  EXPECT_EQ(judge_masking(answer(502), "abc", 1).verdict, kUnclear);
}

TEST(ReadAnswers, FindsEachAnswerWhateverFramesIt) {
  const auto answers = read_answers(
      "HTTP/1.1 100 Continue\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
      "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ncd\r\n0\r\n\r\n"
      "HTTP/1.1 204 No Content\r\n\r\n",
      false, false);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].body, "ab");
  EXPECT_EQ(answers[1].body, "cd");
  EXPECT_EQ(answers[2].status, 204);
  EXPECT_TRUE(answers[2].is_whole);
}

TEST(ReadAnswers, TellsHalfAnswersAndWhatIsNoHttp) {
  const auto half = read_answers("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", false, false);
  ASSERT_EQ(half.size(), 1U);
  EXPECT_FALSE(half[0].is_whole);
  EXPECT_TRUE(read_answers("HTTP/1.1 200", false, false).empty());
  const auto other = read_answers("220 mail.example ESMTP\r\n\r\n", false, true);
  ASSERT_EQ(other.size(), 1U);
  EXPECT_EQ(other[0].status, 0);
}

TEST(DrillReport, ItsExitCodeIsThatOfTheWorstFailure) {
  DrillReport report;
  EXPECT_EQ(exit_code_of(report), 0);
  report.rows.push_back({.severity = DrillSeverity::kCritical, .verdict = kUnclear});
  EXPECT_EQ(exit_code_of(report), 0);
  report.rows.push_back({.severity = DrillSeverity::kMedium, .verdict = kFailed});
  EXPECT_EQ(exit_code_of(report), 1);
  report.rows.push_back({.severity = DrillSeverity::kHigh, .verdict = kFailed});
  EXPECT_EQ(exit_code_of(report), 2);
  report.rows.back().next_step = "Close the door.";
  EXPECT_NE(drill_table(report).find("Close the door."), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::operations
