#include "connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served_connection.hpp"

namespace gatehouse::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ConnectionTest : public testing::ServedConnection {
 protected:
  static std::string get(const std::string& path, const std::string& lines = {}) {
    return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
  }
  static std::string post_head(const std::string& path, std::size_t bytes,
                               const std::string& lines = {}) {
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) +
           "\r\n" + lines + "\r\n";
  }
  static std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
      ++found;
    return found;
  }
  // A refusal that ends the connection: said, shut, and closed once the client has ended its side.
  void expect_refused(const std::string& response, const std::string& status) {
    EXPECT_THAT(response, StartsWith("HTTP/1.1 " + status));
    EXPECT_EQ(count(response, "HTTP/1.1 "), 1U);
    EXPECT_THAT(response, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(response, HasSubstr("application/problem+json"));
    EXPECT_TRUE(peer_.is_write_shut());
    peer_.end();
    worker_.settle();
    EXPECT_TRUE(peer_.is_closed());
    EXPECT_TRUE(has_ended());
  }
};

TEST_F(ConnectionTest, OneConnectionAnswersOneRequestAfterTheOther) {
  for (const std::string path : {"/a", "/b", "/a"}) {
    const auto response = ask(get(path));
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, EndsWith("\r\n\r\n" + path + "|"));
    EXPECT_THAT(response, Not(HasSubstr("Connection: close")));
  }
  EXPECT_FALSE(has_ended());
}

TEST_F(ConnectionTest, ThreeRequestsInOneWriteAreAnsweredInTheirOrder) {
  const auto responses = ask(get("/a") + post_head("/echo", 3) + "123" + get("/b"));
  EXPECT_EQ(count(responses, "HTTP/1.1 200 OK"), 3U);
  const auto first = responses.find("\r\n\r\n/a|");
  const auto second = responses.find("\r\n\r\n/echo|123HTTP");
  ASSERT_NE(second, std::string::npos);
  EXPECT_LT(first, second);
  EXPECT_THAT(responses, EndsWith("\r\n\r\n/b|"));
  EXPECT_FALSE(has_ended());
}

TEST_F(ConnectionTest, WhatComesWhileAHandlerWaitsIsAnsweredAfterIt) {
  EXPECT_EQ(ask(get("/wait")), "");
  EXPECT_EQ(ask(post_head("/echo", 3) + "12"), "");
  EXPECT_EQ(ask("3" + get("/b")), "");
  waiting_.may_answer.set();
  worker_.settle();
  const auto responses = peer_.take();
  EXPECT_EQ(count(responses, "HTTP/1.1 200 OK"), 3U);
  EXPECT_LT(responses.find("\r\n\r\nxxxx"), responses.find("\r\n\r\n/echo|123"));
  EXPECT_THAT(responses, EndsWith("/b|"));
  EXPECT_FALSE(waiting_.has_seen_client_leave);
}

TEST_F(ConnectionTest, ARequestThatComesByteByByteIsTheSame) {
  std::string response;
  for (const char byte : post_head("/echo", 3) + "123") response += ask({&byte, 1});
  EXPECT_THAT(response, EndsWith("/echo|123"));
}

TEST_F(ConnectionTest, HeadHasTheLengthButNoBody) {
  const auto response = ask("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get("/b"));
  EXPECT_THAT(response, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(response, HasSubstr("\r\n\r\nHTTP/1.1 200 OK"));
  EXPECT_THAT(response, Not(HasSubstr("/a|")));
  EXPECT_THAT(response, EndsWith("/b|"));
}

TEST_F(ConnectionTest, WhoExpectsAContinueGetsItBeforeTheBody) {
  EXPECT_EQ(ask(post_head("/echo", 3, "Expect: 100-continue\r\n")),
            "HTTP/1.1 100 Continue\r\n\r\n");
  const auto response = ask("123");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(response, EndsWith("/echo|123"));
}

TEST_F(ConnectionTest, WhoIsRefusedGetsNoContinue) {
  expect_refused(ask(post_head("/nothing", 3, "Expect: 100-continue\r\n")), "404");
}

TEST_F(ConnectionTest, AChunkedBodyIsJoined) {
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(ask(head + "2\r\n12\r\n"), "");
  const auto responses = ask("1\r\n3\r\n0\r\n\r\n" + get("/b"));
  EXPECT_THAT(responses, HasSubstr("\r\n\r\n/echo|123HTTP/1.1 200"));
  EXPECT_THAT(responses, EndsWith("/b|"));
}

TEST_F(ConnectionTest, ABadHeadIsRefusedAndNothingBehindItIsRead) {
  expect_refused(ask("GET /a HTTP/1.1\r\nHost : h\r\n\r\n" + get("/b")), "400");
}

TEST_F(ConnectionTest, BareLineFeedsAreRefused) {
  expect_refused(ask("GET /a HTTP/1.1\nHost: h\n\n"), "400");
}

TEST_F(ConnectionTest, TwoFramingsOfABodyAreRefused) {
  expect_refused(
      ask(post_head("/echo", 3, "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n" + get("/b")),
      "400");
}

TEST_F(ConnectionTest, MalformedChunksAreRefused) {
  expect_refused(
      ask("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n" + get("/b")),
      "400");
}

TEST_F(ConnectionTest, AHeadOverItsLimitIsRefusedBeforeItIsWhole) {
  expect_refused(
      ask("GET /a HTTP/1.1\r\nHost: h\r\nX: " + std::string(limits_.head.header_bytes, 'x')),
      "431");
}

TEST_F(ConnectionTest, ABodyOverTheLimitIsRefusedByItsAnnouncement) {
  expect_refused(ask(post_head("/echo", kBodyLimitBytes + 1) + get("/b")), "413");
}

TEST_F(ConnectionTest, AnUnannouncedBodyIsRefusedWhereItPassesTheLimit) {
  ask("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::string response;
  std::size_t sent_bytes = 0;
  for (; response.empty() && sent_bytes < 2 * kBodyLimitBytes; sent_bytes += 1000)
    response = ask("3e8\r\n" + std::string(1000, 'x') + "\r\n");
  EXPECT_EQ(sent_bytes, kBodyLimitBytes + 1000);
  expect_refused(response, "413");
}

TEST_F(ConnectionTest, AHandlerThatReadsTheBodyItselfGetsAllOfIt) {
  EXPECT_EQ(ask(post_head("/stream", 50'000)), "");
  EXPECT_EQ(ask(std::string(20'000, 'x')), "");
  const auto responses = ask(std::string(30'000, 'x') + get("/b"));
  EXPECT_THAT(responses, HasSubstr("\r\n\r\n50000HTTP/1.1 200"));
  EXPECT_THAT(responses, EndsWith("/b|"));
}

TEST_F(ConnectionTest, APieceOfABodyStaysWhereItIsWhileMoreComes) {
  streaming_.waits_for = &waiting_.may_answer;
  ask(post_head("/stream", 50'000) + std::string(10'000, 'a'));
  ask(std::string(40'000, 'b') + get("/b"));
  waiting_.may_answer.set();
  worker_.settle();
  const auto responses = peer_.take();
  EXPECT_EQ(streaming_.seen, std::string(10'000, 'a') + std::string(40'000, 'b'));
  EXPECT_THAT(responses, EndsWith("/b|"));
}

TEST_F(ConnectionTest, ABodyThatComesWithItsHeadIsStreamedToo) {
  EXPECT_THAT(ask(post_head("/stream", 3) + "123"), EndsWith("\r\n\r\n3"));
  EXPECT_EQ(streaming_.seen, "123");
}

TEST_F(ConnectionTest, AClientThatLeavesWhileItsBodyIsReadIsSeenToLeave) {
  streaming_.waits_for = &waiting_.may_answer;
  ask(post_head("/stream", 3) + "123");
  peer_.end();
  waiting_.may_answer.set();
  worker_.settle();
  EXPECT_TRUE(streaming_.has_seen_client_leave);
}

TEST_F(ConnectionTest, ABodyThatNobodyReadIsNotTakenForARequest) {
  const auto response = ask(post_head("/ignore", 1000) + get("/b"));
  EXPECT_THAT(response, EndsWith("/ignore|"));
  EXPECT_TRUE(peer_.is_write_shut());
}

TEST_F(ConnectionTest, AnswersInPiecesAreChunkedAndTheConnectionGoesOn) {
  const auto responses = ask(get("/pieces") + get("/b"));
  EXPECT_THAT(responses, HasSubstr("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 200"));
  EXPECT_THAT(responses, EndsWith("/b|"));
}

TEST_F(ConnectionTest, AnIdleConnectionIsClosedAfterItsTimeWithoutAWord) {
  ask(get("/a"));
  EXPECT_EQ(advance(limits_.idle_timeout - milliseconds(10)), "");
  EXPECT_FALSE(has_ended());
  EXPECT_EQ(advance(milliseconds(20)), "");
  EXPECT_TRUE(has_ended());
  EXPECT_TRUE(peer_.is_closed());
}

TEST_F(ConnectionTest, AHeadHasItsTimeFromTheFirstByteHoweverItTrickles) {
  advance(limits_.idle_timeout - seconds(1));
  ask("GET /a HT");
  EXPECT_EQ(advance(limits_.header_timeout - milliseconds(10)), "");
  EXPECT_EQ(ask("TP/1.1\r\n"), "");
  expect_refused(advance(milliseconds(20)), "408");
}

TEST_F(ConnectionTest, AHeadThatBeganBehindAnotherRequestHasNoMoreTime) {
  ask(get("/a") + "GET /b HT");
  EXPECT_EQ(advance(limits_.header_timeout - milliseconds(10)), "");
  expect_refused(advance(milliseconds(20)), "408");
}

TEST_F(ConnectionTest, ABodyHasItsTimeHoweverItTrickles) {
  ask(post_head("/echo", 3) + "1");
  EXPECT_EQ(advance(limits_.body_timeout - milliseconds(10)), "");
  EXPECT_EQ(ask("2"), "");
  expect_refused(advance(milliseconds(20)), "408");
}

TEST_F(ConnectionTest, AHandlerIsToldWhenItsBodyComesTooSlowly) {
  ask(post_head("/stream", 3) + "1");
  const auto response = advance(limits_.body_timeout + milliseconds(10));
  EXPECT_THAT(response, EndsWith(name_of(ErrorCode::kDeadlineExceeded)));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
}

TEST_F(ConnectionTest, AClientThatDoesNotReadIsLeftAfterItsTime) {
  peer_.make_room(10);
  ask(get("/a"));
  advance(limits_.write_timeout - milliseconds(10));
  EXPECT_FALSE(has_ended());
  advance(milliseconds(20));
  EXPECT_TRUE(has_ended());
}

TEST_F(ConnectionTest, ALingeringClientIsNotWaitedForLong) {
  ask("bad\r\n\r\n");
  ask(std::string(1000, 'x'));
  EXPECT_FALSE(has_ended());
  advance(seconds(3));
  EXPECT_TRUE(has_ended());
}

TEST_F(ConnectionTest, AHandlerSeesItsClientLeave) {
  ask(get("/wait"));
  peer_.end();
  worker_.settle();
  waiting_.may_answer.set();
  worker_.settle();
  EXPECT_TRUE(waiting_.has_seen_client_leave);
  EXPECT_TRUE(has_ended());
}

TEST_F(ConnectionTest, AClientThatLeftAtOnceIsSeenToLeave) {
  peer_.send(get("/wait"));
  peer_.end();
  worker_.settle();
  waiting_.may_answer.set();
  worker_.settle();
  EXPECT_TRUE(waiting_.has_seen_client_leave);
}

TEST_F(ConnectionTest, DrainEndsAnIdleConnectionAtOnce) {
  ask(get("/a"));
  drain();
  EXPECT_TRUE(has_ended());
  EXPECT_TRUE(peer_.is_closed());
}

TEST_F(ConnectionTest, DrainEndsABusyConnectionAfterItsAnswer) {
  ask(get("/wait"));
  drain();
  EXPECT_FALSE(has_ended());
  waiting_.may_answer.set();
  worker_.settle();
  EXPECT_TRUE(waiting_.has_seen_drain);
  const auto response = peer_.take();
  EXPECT_THAT(response, EndsWith("\r\n\r\nxxxx"));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
  peer_.end();
  worker_.settle();
  EXPECT_TRUE(has_ended());
}

TEST_F(ConnectionTest, DrainLetsABodyUnderWayArriveAndBeAnswered) {
  ask(post_head("/echo", 3) + "1");
  drain();
  const auto response = ask("23");
  EXPECT_THAT(response, EndsWith("/echo|123"));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
}

TEST_F(ConnectionTest, DrainLetsAHeadUnderWayArriveAndBeAnswered) {
  ask("GET /a HT");
  drain();
  const auto response = ask("TP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(response, EndsWith("/a|"));
  EXPECT_THAT(response, HasSubstr("Connection: close"));
}

TEST_F(ConnectionTest, AHandlerThatBeginsWhileDrainingIsTold) {
  ask("GET /wait HT");
  drain();
  ask("TP/1.1\r\nHost: h\r\n\r\n");
  waiting_.may_answer.set();
  worker_.settle();
  EXPECT_TRUE(waiting_.has_seen_drain);
}

TEST_F(ConnectionTest, DrainLetsASlowReaderHaveTheWholeAnswer) {
  waiting_.answer_bytes = 5000;
  waiting_.may_answer.set();
  peer_.make_room(1000);
  ask(get("/wait"));
  drain();
  peer_.make_room(100'000);
  worker_.settle();
  EXPECT_THAT(peer_.take(), EndsWith(std::string(1000, 'x')));
}

TEST_F(ConnectionTest, AHandlerThatThrowsIsAnsweredForWithoutItsInsides) {
  const auto response = ask(get("/throws") + get("/b"));
  EXPECT_THAT(response, Not(HasSubstr("basic_string")));
  EXPECT_THAT(response, HasSubstr(R"("code":"internal")"));
  expect_refused(response, "500");
  EXPECT_EQ(counters_.get(telemetry::Counter::kTasksFailed), 1U);
}

TEST_F(ConnectionTest, AHandlerThatSaysNothingIsAnsweredFor) {
  const auto response = ask(get("/silent") + get("/b"));
  EXPECT_THAT(response, HasSubstr(R"("code":"internal")"));
  expect_refused(response, "500");
}

TEST_F(ConnectionTest, WhoLeftIsNotAnsweredFor) {
  waiting_.answers = false;
  ask(get("/wait"));
  peer_.end();
  waiting_.may_answer.set();
  worker_.settle();
  EXPECT_EQ(peer_.take(), "");
  EXPECT_TRUE(has_ended());
  EXPECT_EQ(counters_.get(telemetry::Counter::kResponses5xx), 0U);
}

TEST_F(ConnectionTest, HalfAnAnswerIsNeverTakenForAWholeOne) {
  const auto response = ask(get("/breaks") + get("/b"));
  EXPECT_THAT(response, HasSubstr("half"));
  EXPECT_THAT(response, Not(HasSubstr("\r\n0\r\n")));  // no last chunk
  EXPECT_EQ(count(response, "HTTP/1.1 "), 1U);
  EXPECT_TRUE(peer_.is_write_shut());
}

TEST_F(ConnectionTest, AnHttp10ClientIsAnsweredAndLeft) {
  const auto response = ask("GET /a HTTP/1.0\r\nHost: h\r\n\r\n");
  EXPECT_THAT(response, EndsWith("/a|"));
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(peer_.is_write_shut());
}

TEST_F(ConnectionTest, AnHttp10ClientKnowsTheEndOfAnAnswerInPiecesByTheConnections) {
  const auto response =
      ask("GET /pieces HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n" + get("/b"));
  EXPECT_THAT(response, EndsWith("\r\n\r\nonetwo"));
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(peer_.is_write_shut());
}

TEST_F(ConnectionTest, WhoAsksToCloseIsLeftAfterItsAnswer) {
  const auto response = ask(get("/a", "Connection: close\r\n") + get("/b"));
  EXPECT_THAT(response, EndsWith("/a|"));
  EXPECT_TRUE(peer_.is_write_shut());
}

}  // namespace
}  // namespace gatehouse::server
