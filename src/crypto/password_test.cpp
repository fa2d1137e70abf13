#include "gatehouse/crypto/password.hpp"

#include <gtest/gtest.h>

namespace gatehouse::crypto {
namespace {

constexpr PasswordCost kCheap{.passes = 1, .memory_bytes = 8192};

TEST(Password, OpensItsOwnHashOnly) {
  const Secret password("a horse stands in the rain");
  const auto hash = hash_password(password, kCheap).value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  EXPECT_TRUE(is_password(password, hash));
  EXPECT_FALSE(is_password(Secret("a horse stands in the rair"), hash));
  EXPECT_FALSE(is_password(Secret(""), hash));
  EXPECT_NE(hash_password(password, kCheap).value(), hash) << "the salt is new each time";
}

TEST(Password, BytesBehindANulCount) {
  const auto hash = hash_password(Secret(std::string("a\0b", 3)), kCheap).value();
  EXPECT_FALSE(is_password(Secret("a"), hash));
  EXPECT_FALSE(is_password(Secret(std::string("a\0c", 3)), hash));
}

TEST(Password, WhatIsNoHashOpensNothing) {
  for (const std::string& hash :
       {std::string(), std::string("*"), std::string("$argon2id$v=19$"), std::string(500, 'x')}) {
    EXPECT_FALSE(is_password(Secret(""), hash)) << hash;
    EXPECT_FALSE(is_password(Secret(hash), hash)) << hash;
  }
}

}  // namespace
}  // namespace gatehouse::crypto
