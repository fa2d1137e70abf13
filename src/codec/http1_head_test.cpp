#include "gatehouse/codec/http1_head.hpp"

#include <gtest/gtest.h>

namespace gatehouse::codec {
namespace {

std::optional<HeadFault> parse(std::string_view text, RequestHead& head, HeadLimits limits = {}) {
  return parse_request_head(text, limits, head);
}

std::uint16_t status_of(std::string_view text) {
  RequestHead head;
  const auto fault = parse(text, head);
  return fault ? fault->status : 200;
}

std::string with_header(std::string_view line) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n\r\n";
}

TEST(RequestHead, ReadsWhatAClientSends) {
  RequestHead head;
  ASSERT_FALSE(
      parse("POST /v1/chat?x=1&y=2 HTTP/1.1\r\nHost: example.com:8080\r\nContent-Length:  12 \r\n"
            "X-Thing: one\r\ncontent-TYPE: application/json\r\n\r\n",
            head));
  EXPECT_EQ(head.method, Method::kPost);
  EXPECT_EQ(head.path(), "/v1/chat");
  EXPECT_EQ(head.query(), "x=1&y=2");
  EXPECT_EQ(head.target(), "/v1/chat?x=1&y=2");
  EXPECT_EQ(head.host(), "example.com:8080");
  EXPECT_EQ(head.framing, BodyFraming::kLength);
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_EQ(head.get(HeaderId::kContentType), "application/json");
  EXPECT_EQ(head.get("x-thing"), "one");
  EXPECT_EQ(head.get("x-other"), "");
  EXPECT_TRUE(head.keeps_alive);
}

TEST(RequestHead, TakesTheHostOfAnAbsoluteTarget) {
  RequestHead head;
  ASSERT_FALSE(parse("GET http://example.com/a HTTP/1.1\r\nHost: example.com\r\n\r\n", head));
  EXPECT_EQ(head.host(), "example.com");
  EXPECT_EQ(head.path(), "/a");
  EXPECT_EQ(status_of("GET http://evil.test/a HTTP/1.1\r\nHost: example.com\r\n\r\n"), 400);
}

TEST(RequestHead, KnowsHowLongAConnectionLives) {
  RequestHead head;
  ASSERT_FALSE(parse(with_header("Connection: close"), head));
  EXPECT_FALSE(head.keeps_alive);
  ASSERT_FALSE(parse("GET / HTTP/1.0\r\n\r\n", head));
  EXPECT_FALSE(head.keeps_alive);
  ASSERT_FALSE(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", head));
  EXPECT_TRUE(head.keeps_alive);
}

struct Refused {
  std::string_view name;
  std::string text;
  std::uint16_t status;
};

class RefusedHeads : public testing::TestWithParam<Refused> {};

TEST_P(RefusedHeads, IsRefused) { EXPECT_EQ(status_of(GetParam().text), GetParam().status); }

INSTANTIATE_TEST_SUITE_P(
    Framing, RefusedHeads,
    testing::Values(
        Refused{"BothLengthAndEncoding",
                with_header("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400},
        Refused{"TwoLengths", with_header("Content-Length: 5\r\nContent-Length: 5"), 400},
        Refused{"LengthList", with_header("Content-Length: 5, 5"), 400},
        Refused{"SignedLength", with_header("Content-Length: +5"), 400},
        Refused{"HexLength", with_header("Content-Length: 0x5"), 400},
        Refused{"EmptyLength", with_header("Content-Length: "), 400},
        Refused{"HugeLength", with_header("Content-Length: 99999999999999999999"), 400},
        Refused{"TwoEncodings",
                with_header("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
        Refused{"OtherEncoding", with_header("Transfer-Encoding: gzip, chunked"), 501},
        Refused{"EncodingWithVerticalTab", with_header("Transfer-Encoding: \vchunked"), 400},
        Refused{"EncodingInHttp10",
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Syntax, RefusedHeads,
    testing::Values(Refused{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
                    Refused{"TwoHosts", with_header("Host: b"), 400},
                    Refused{"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
                    Refused{"HostWithUser", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
                    Refused{"FoldedLine", with_header("X-A: 1\r\n 2"), 400},
                    Refused{"FoldedFirstLine", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
                    Refused{"SpaceBeforeColon", with_header("X-A : 1"), 400},
                    Refused{"NoColon", with_header("X-A"), 400},
                    Refused{"EmptyName", with_header(": 1"), 400},
                    Refused{"NulInValue",
                            with_header(std::string("X-A: 1\0"
                                                    "2",
                                                    8)),
                            400},
                    Refused{"BareReturn", with_header("X-A: 1\r2"), 400},
                    Refused{"DeleteInValue", with_header("X-A: \x7f"), 400},
                    Refused{"NoMethod", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Refused{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Refused{"NoVersion", "GET /\r\nHost: a\r\n\r\n", 400},
                    Refused{"Http2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
                    Refused{"Http12", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
                    Refused{"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
                    Refused{"RelativeTarget", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Refused{"Fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Refused{"ConnectionNoToken", with_header("Connection: keep/alive"), 400},
                    Refused{"OtherExpectation", with_header("Expect: tea"), 417}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(RequestHead, HoldsItsLimitsAtBelowAndAbove) {
  RequestHead head;
  const HeadLimits limits{.header_bytes = 200, .header_count = 3, .target_bytes = 10};
  const auto with_target = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  EXPECT_FALSE(parse(with_target(10), head, limits));
  EXPECT_EQ(parse(with_target(11), head, limits)->status, 414);
  EXPECT_FALSE(parse(with_header("A: 1\r\nB: 2"), head, limits));
  EXPECT_EQ(parse(with_header("A: 1\r\nB: 2\r\nC: 3"), head, limits)->status, 431);
  const std::string base = with_header("A: ");
  EXPECT_FALSE(parse(with_header("A: " + std::string(200 - base.size(), 'x')), head, limits));
  EXPECT_EQ(parse(with_header("A: " + std::string(201 - base.size(), 'x')), head, limits)->status,
            431);
}

TEST(HeadScanner, FindsTheEndHoweverItIsSplit) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nBODY";
  const std::size_t end = text.find("BODY");
  for (std::size_t step = 1; step <= text.size(); ++step) {
    HeadScanner scanner;
    auto state = HeadScanner::State::kMore;
    for (std::size_t have = step; state == HeadScanner::State::kMore; have += step) {
      state = scanner.scan(std::string_view(text).substr(0, have));
    }
    EXPECT_EQ(state, HeadScanner::State::kComplete);
    EXPECT_EQ(scanner.head_bytes(), end);
  }
}

TEST(HeadScanner, RefusesABareLineFeed) {
  HeadScanner scanner;
  EXPECT_EQ(scanner.scan("GET / HTTP/1.1\nHost: a\n\n"), HeadScanner::State::kBareLineFeed);
}

TEST(ResponseHead, KnowsItsFraming) {
  ResponseHead head;
  const auto read = [&](std::string_view text, bool is_reply_to_head = false) {
    return parse_response_head(text, {}, is_reply_to_head, head);
  };
  ASSERT_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"));
  EXPECT_EQ(head.framing, BodyFraming::kLength);
  ASSERT_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true));
  EXPECT_EQ(head.framing, BodyFraming::kNone);
  ASSERT_FALSE(read("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_EQ(head.framing, BodyFraming::kChunked);
  ASSERT_FALSE(read("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_EQ(head.framing, BodyFraming::kUntilClose);
  EXPECT_FALSE(head.keeps_alive);
  ASSERT_FALSE(read("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_EQ(head.framing, BodyFraming::kNone);
  EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"));
  EXPECT_TRUE(read("HTTP/3 200 OK\r\n\r\n"));
  EXPECT_TRUE(read("HTTP/1.1 20 OK\r\n\r\n"));
}

TEST(IdentifyHeader, KnowsEveryNameInAnyCase) {
  EXPECT_EQ(identify_header("HOST"), HeaderId::kHost);
  EXPECT_EQ(identify_header("Last-Event-ID"), HeaderId::kLastEventId);
  EXPECT_EQ(identify_header("access-control-request-HEADERS"),
            HeaderId::kAccessControlRequestHeaders);
  EXPECT_EQ(identify_header("hosts"), HeaderId::kOther);
  EXPECT_EQ(identify_header(""), HeaderId::kOther);
}

}  // namespace
}  // namespace gatehouse::codec
