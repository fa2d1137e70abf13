#include "gatehouse/codec/header_values.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gatehouse::codec {
namespace {

TEST(FindCookie, FindsWholeNames) {
  EXPECT_EQ(find_cookie("a=1; b=2; ab=3", "b"), "2");
  EXPECT_EQ(find_cookie("a=1; b=\"2\"", "b"), "2");
  EXPECT_EQ(find_cookie("ab=3; a=1", "b"), std::nullopt);
  EXPECT_EQ(find_cookie("", "b"), std::nullopt);
}

TEST(Accepts, KnowsWeightsAndWildcards) {
  EXPECT_TRUE(accepts_encoding("gzip, deflate, br", "br"));
  EXPECT_FALSE(accepts_encoding("gzip, br;q=0", "br"));
  EXPECT_FALSE(accepts_encoding("gzip, br; q=0.000", "br"));
  EXPECT_TRUE(accepts_encoding("*", "br"));
  EXPECT_FALSE(accepts_encoding("", "br"));
  EXPECT_TRUE(accepts_type("application/json, text/event-stream", "text/event-stream"));
  EXPECT_FALSE(accepts_type("*/*", "text/event-stream"));
}

TEST(BearerToken, TakesTheSchemeInAnyCase) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer  abc "), "abc");
  EXPECT_EQ(bearer_token("Basic abc"), "");
  EXPECT_EQ(bearer_token("Bearer"), "");
}

TEST(ClientAddress, WalksFromTheRightOverTrustedHopsOnly) {
  const auto address = [](std::string_view text) { return *IpAddress::parse(text); };
  const std::vector trusted = {*IpPrefix::parse("10.0.0.0/8"), *IpPrefix::parse("::1/128")};
  const auto client = [&](std::string_view peer, std::string_view list) {
    return client_address(address(peer), list, trusted).to_string();
  };
  EXPECT_EQ(client("192.0.2.1", "198.51.100.7"),
            "192.0.2.1");  // an untrusted peer can say what it likes
  EXPECT_EQ(client("10.0.0.1", "198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(client("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.2"), "198.51.100.7");
  EXPECT_EQ(client("10.0.0.1", "198.51.100.7, rubbish, 10.0.0.2"),
            "10.0.0.2");  // what can't be read stops the walk
  EXPECT_EQ(client("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
  EXPECT_EQ(client("10.0.0.1", "[2001:db8::1]:443"), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1", "198.51.100.7:1234"), "198.51.100.7");
  EXPECT_EQ(client("::ffff:10.0.0.1", "198.51.100.7"), "198.51.100.7");
}

TEST(MatchesEtag, ComparesWeakly) {
  EXPECT_TRUE(matches_etag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(matches_etag("*", "\"b\""));
  EXPECT_FALSE(matches_etag("\"a\"", "\"b\""));
  EXPECT_FALSE(matches_etag("", "\"b\""));
}

TEST(NormalisedOrigin, DropsPathsAndDefaultPorts) {
  EXPECT_EQ(normalised_origin("https://Example.COM:443/path"), "https://example.com");
  EXPECT_EQ(normalised_origin("http://example.com:8080"), "http://example.com:8080");
  EXPECT_EQ(normalised_origin("null"), "");
  EXPECT_EQ(normalised_origin("file:///x"), "");
  EXPECT_EQ(normalised_origin("https://a b"), "");
}

}  // namespace
}  // namespace gatehouse::codec
