#include "gatehouse/base/money.hpp"

#include <gtest/gtest.h>

namespace gatehouse {
namespace {

TEST(Money, IsReadToTheLastDigit) {
  EXPECT_EQ(parse_money("0"), 0U);
  EXPECT_EQ(parse_money("12"), 12'000'000U);
  EXPECT_EQ(parse_money("0.15"), 150'000U);
  EXPECT_EQ(parse_money("0.000001"), 1U);
  EXPECT_EQ(parse_money("007.50"), 7'500'000U);
  EXPECT_EQ(parse_money("1000000000"), kMaxMoneyMicros);
}

TEST(Money, WhatIsNoAmountIsRefused) {
  for (const auto* text : {"", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1 ", "0.0000001",
                           "1.2.3", "1000000000.000001", "99999999999999999999", "0x10"}) {
    EXPECT_FALSE(parse_money(text)) << text;
  }
}

TEST(Money, IsWrittenAsShortAsItIsRead) {
  for (const auto* text : {"0", "12", "0.15", "0.000001", "2.5", "1000000000"})
    EXPECT_EQ(money_text(*parse_money(text)), text);
}

}  // namespace
}  // namespace gatehouse
