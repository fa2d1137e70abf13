#include "gatehouse/guard/price_table.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/money.hpp"

namespace gatehouse::guard {
namespace {

PriceTable table(const std::vector<std::string>& lines) { return PriceTable::read(lines).value(); }

TEST(PriceTable, TakesTheNameItselfThenTheLongestBeginning) {
  const auto prices = table({"* 9 9", "gpt-4o* 2.5 10", "gpt-4o-mini* 0.15 0.6", "gpt-4o 3 3"});
  EXPECT_EQ(prices.find("gpt-4o"), (Price{3'000'000, 3'000'000}));
  EXPECT_EQ(prices.find("gpt-4o-mini-2024-07-18"), (Price{150'000, 600'000}));
  EXPECT_EQ(prices.find("gpt-4o-2024-08-06"), (Price{2'500'000, 10'000'000}));
  EXPECT_EQ(prices.find("llama3.2"), (Price{9'000'000, 9'000'000}));
  EXPECT_FALSE(prices.find("")) << "who has no model costs nothing";
  EXPECT_FALSE(table({"gpt-4o 1 1"}).find("gpt-4"));
  EXPECT_FALSE(table({}).find("gpt-4o"));
}

TEST(PriceTable, NamesTheLineThatCanNotBeRead) {
  const auto why = [](const std::string& line) {
    const auto read = PriceTable::read(std::vector<std::string>{"fine 1 1", line});
    EXPECT_FALSE(read) << line;
    return read ? std::string() : read.error().client_message;
  };
  EXPECT_NE(why("gpt-4o 0.15").find("\"gpt-4o 0.15\""), std::string::npos);
  EXPECT_NE(why("gpt-4o 0.15 0.6 1").find("A price is a model"), std::string::npos);
  EXPECT_NE(why("").find("A price is a model"), std::string::npos);
  EXPECT_NE(why("gpt-4o cheap 1").find("\"cheap\" is no price"), std::string::npos);
  EXPECT_NE(why("gpt-4o 1 0.0000001").find("\"0.0000001\" is no price"), std::string::npos);
  EXPECT_NE(why("gpt*mini 1 1").find("at the end"), std::string::npos);
  EXPECT_NE(why("fine  2 2").find("already"), std::string::npos);
}

TEST(PriceTable, TheDearestIsSoInEachDirection) {
  const auto prices = table({"a 1 9", "b 5 2"});
  const std::vector<std::string> models = {"a", "b", "unknown", ""};
  EXPECT_EQ(prices.dearest(models), (Price{5'000'000, 9'000'000}));
  EXPECT_EQ(prices.dearest({}), Price{});
}

TEST(Price, IsRoundedUpOnceForTheWholeTurn) {
  const Price price{.input_micros = 150'000, .output_micros = 600'000};
  EXPECT_EQ(price.of({}), 0U);
  EXPECT_EQ(price.of({.prompt = 1}), 1U);
  EXPECT_EQ(price.of({.prompt = 1, .reply = 1}), 1U);  // 0.75 of a millionth
  EXPECT_EQ(price.of({.prompt = 20, .reply = 5}), 6U);
  EXPECT_EQ(price.of({.prompt = 20, .reply = 6}), 7U);
  EXPECT_EQ(price.of({.prompt = 1'000'000, .reply = 1'000'000}), 750'000U);
}

TEST(Price, StaysANumberWhateverItIsAskedFor) {
  const std::uint64_t most = std::uint64_t{1} << 62;
  const Price price{.input_micros = kMaxMoneyMicros, .output_micros = kMaxMoneyMicros};
  EXPECT_EQ(price.of({.prompt = most, .reply = most}), UINT64_MAX);
  EXPECT_EQ(Price{}.of({.prompt = most, .reply = most}), 0U);
  EXPECT_EQ(price.longest_reply(most, UINT64_MAX), 0U);
  EXPECT_EQ((Price{.input_micros = 0, .output_micros = 1}).longest_reply(most, UINT64_MAX),
            UINT64_MAX);
}

TEST(Price, TheLongestReplyCostsNoMoreThanThereIsAndOneTokenMoreDoes) {
  for (const std::uint64_t output : {1U, 7U, 600'000U, 2'500'000U, 999'999'937U}) {
    const Price price{.input_micros = 150'000, .output_micros = output};
    for (const std::uint64_t micros : {1U, 2U, 1'000U, 12'345'678U}) {
      const std::uint64_t reply = price.longest_reply(3, micros);
      EXPECT_LE(price.of({.prompt = 3, .reply = reply}), micros);
      EXPECT_GT(price.of({.prompt = 3, .reply = reply + 1}), micros);
    }
  }
  EXPECT_EQ((Price{.input_micros = 1'000'000, .output_micros = 1}).longest_reply(3, 2), 0U);
  EXPECT_EQ((Price{.input_micros = 1'000'000}).longest_reply(3, 3), UINT64_MAX);
}

}  // namespace
}  // namespace gatehouse::guard
