#include <gtest/gtest.h>

#include "vault.hpp"

namespace gatehouse::secrets {
namespace {

const settings::SecretReference kReference =
    settings::parse_secret_reference("vault:secret/gatehouse#session").value();

Result<Secret> read(std::uint16_t status, std::string_view body) {
  return read_vault_answer(status, body, kReference);
}

TEST(VaultAnswer, HoldsTheSecretAmongMuchElse) {
  const auto found = read(200, R"({"request_id":"1","lease_id":"","renewable":false,
    "lease_duration":0,"data":{"data":{"other":"x","session":"a\"b"},
    "metadata":{"created_time":"2026-01-01T00:00:00Z","custom_metadata":null,"deletion_time":"",
    "destroyed":false,"version":3}},"wrap_info":null,"warnings":null,"auth":null})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->reveal(), "a\"b");
}

TEST(VaultAnswer, WithoutTheKeyOrWithNoTextNamesIt) {
  const auto message = [](std::string_view body) { return read(200, body).error().client_message; };
  EXPECT_EQ(message(R"({"data":{"data":{"other":"x"}}})"),
            "The secret at secret/data/gatehouse has no key session.");
  EXPECT_EQ(message(R"({"data":{"data":{"session":7}}})"),
            "The secret at secret/data/gatehouse has no text at session.");
}

TEST(VaultAnswer, OfSomethingElseIsNone) {
  for (const auto* body : {"", "<html>", "[]", "{}", R"({"data":{"session":"of version 1"}})",
                           R"({"data":{"data":null}})"}) {
    EXPECT_EQ(read(200, body).error().code, ErrorCode::kUpstreamFailed) << body;
  }
}

TEST(VaultAnswer, TellsARefusalFromNothingAndFromVaultBeingAway) {
  EXPECT_EQ(read(403, "").error().code, ErrorCode::kForbidden);
  EXPECT_EQ(read(404, "").error().code, ErrorCode::kNotFound);
  for (const std::uint16_t status : {429, 472, 473, 500, 502, 503})
    EXPECT_EQ(read(status, "").error().code,
              status == 472 || status == 473 ? ErrorCode::kUpstreamFailed : ErrorCode::kUnavailable)
        << status;
  EXPECT_EQ(read(307, "").error().code, ErrorCode::kUpstreamFailed);
  EXPECT_NE(read(503, "").error().client_message.find("sealed"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::secrets
