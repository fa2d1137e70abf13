#include "gatehouse/identity/openid/metadata.hpp"

#include <gtest/gtest.h>

#include "provider_house.hpp"

namespace gatehouse::identity::openid {
namespace {

using namespace testing;

Members right(const Members& changes = {}, std::string issuer = std::string(kIssuer)) {
  return with({{"issuer", json_text(issuer)},
               {"authorization_endpoint", json_text(issuer + "/authorize?p=a")},
               {"token_endpoint", json_text(issuer + "/token")},
               {"jwks_uri", json_text(issuer + "/keys")}},
              changes);
}

bool holds(const Members& changes) {
  return read_metadata(json_of(right(changes)), kIssuer).has_value();
}

TEST(Metadata, TellsWhereEverythingIs) {
  const auto metadata = read_metadata(
      json_of(right({{"end_session_endpoint", json_text("https://login.example.com/leave")},
                     {"authorization_response_iss_parameter_supported", "true"},
                     {"token_endpoint_auth_methods_supported", R"(["client_secret_post"])"},
                     {"response_types_supported", R"(["id_token","code"])"}})),
      kIssuer);
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->authorization_endpoint, "https://login.example.com/authorize?p=a");
  EXPECT_EQ(metadata->token_endpoint, "https://login.example.com/token");
  EXPECT_EQ(metadata->end_session_endpoint, "https://login.example.com/leave");
  EXPECT_EQ(metadata->userinfo_endpoint, "");
  EXPECT_TRUE(metadata->names_itself);
  EXPECT_FALSE(metadata->takes_basic);
  EXPECT_TRUE(read_metadata(json_of(right()), kIssuer)->takes_basic) << "which is the default";
}

TEST(Metadata, IsOfItsIssuerToTheLetter) {
  for (const auto* issuer : {"https://login.example.com/", "https://LOGIN.example.com",
                             "https://login.example.com:443", "http://login.example.com", ""})
    EXPECT_FALSE(holds({{"issuer", json_text(issuer)}})) << issuer;
  EXPECT_FALSE(holds({{"issuer", ""}}));
  const std::string with_slash = "https://login.example.com/";
  EXPECT_TRUE(read_metadata(json_of(right({}, with_slash)), with_slash));
  EXPECT_EQ(metadata_url(with_slash), "https://login.example.com/.well-known/openid-configuration");
  EXPECT_EQ(metadata_url("https://a.example/b"),
            "https://a.example/b/.well-known/openid-configuration");
}

TEST(Metadata, SendsNobodyToWhatIsNotHttps) {
  for (const auto* url :
       {"http://login.example.com/token", "http://127.0.0.1/token", "javascript:alert(1)",
        "//login.example.com/token", "https:/login.example.com", "https://", "ftp://a.example/",
        "https://a@login.example.com/token", "https://login.example.com/\\r\\nX: y",
        "https://login.example.com/#x", "https://login.example.com/a b",
        "https://login.example.com\\\\@evil.example/", ""}) {
    EXPECT_FALSE(holds({{"token_endpoint", json_text(url)}})) << url;
    if (*url != '\0') EXPECT_FALSE(holds({{"end_session_endpoint", json_text(url)}})) << url;
  }
  EXPECT_FALSE(holds({{"jwks_uri", ""}}));
  EXPECT_FALSE(holds({{"authorization_endpoint", "7"}}));
  EXPECT_FALSE(
      holds({{"token_endpoint", json_text("https://a.example/" + std::string(3000, 'x'))}}));
}

TEST(Metadata, OfThisMachineMayBePlain) {
  const std::string here = "http://127.0.0.1:4000";
  EXPECT_TRUE(read_metadata(json_of(right({}, here)), here));
  for (const auto* elsewhere : {"http://10.0.0.1/token", "http://login.example.com/token"})
    EXPECT_FALSE(
        read_metadata(json_of(right({{"token_endpoint", json_text(elsewhere)}}, here)), here));
}

TEST(Metadata, RefusesWhatIsNone) {
  for (const auto* json : {"", "[]", "<html>", "{", R"({"issuer":"a","issuer":"a"})"})
    EXPECT_FALSE(read_metadata(json, kIssuer)) << json;
  EXPECT_FALSE(holds({{"response_types_supported", R"(["id_token"])"}}));
  EXPECT_FALSE(holds({{"more", json_text(std::string(kMaxMetadataBytes, 'x'))}}));
}

TEST(Metadata, AnIssuerIsWrittenAsOperatorsMay) {
  for (const auto* good : {"https://accounts.google.com", "https://login.example.com/realms/main",
                           "https://login.example.com:8443/", "http://localhost:3000",
                           "http://127.0.0.1:3000", "http://[::1]:3000"})
    EXPECT_TRUE(check_issuer(good)) << good;
  for (const auto* bad : {"login.example.com", "http://login.example.com", "http://192.168.1.4",
                          "https://login.example.com?x", "https://login.example.com#x",
                          "https://a:b@login.example.com", "http://localhost.evil.example",
                          "http://127.0.0.1.evil.example"})
    EXPECT_FALSE(check_issuer(bad)) << bad;
}

}  // namespace
}  // namespace gatehouse::identity::openid
