#include "signature.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::channels::line {
namespace {

// https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
const std::string kBody = R"({"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]})";
const std::string kSignature = std::string("GhRKmvmHys4Pi8DxkF4+") + "EayaH0OqtJtaZxgTD9fMDLs=";

Secret secret() { return Secret(std::string("8c570fa6dd201bb3") + "28f1c1eac23a96d8"); }

TEST(LineSignature, IsTheOneOfLinesOwnExample) {
  EXPECT_TRUE(is_signed(kBody, kSignature, secret()));
}

TEST(LineSignature, HoldsForTheseBytesAndThisSecretOnly) {
  EXPECT_FALSE(is_signed(kBody + " ", kSignature, secret()));
  EXPECT_FALSE(is_signed(kBody, kSignature, Secret("another")));
  EXPECT_FALSE(is_signed(kBody, "", secret()));
  EXPECT_FALSE(is_signed(kBody, kSignature.substr(0, kSignature.size() - 1), secret()));
  EXPECT_FALSE(is_signed(kBody, kSignature + "=", secret()));
  for (std::size_t i = 0; i < kSignature.size(); ++i) {
    std::string other = kSignature;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_signed(kBody, other, secret())) << i;
  }
}

}  // namespace
}  // namespace gatehouse::channels::line
