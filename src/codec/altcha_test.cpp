#include "gatehouse/codec/altcha.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"

namespace gatehouse::codec {
namespace {

TEST(AltchaSolution, IsReadWithAndWithoutPadding) {
  const std::string_view json =
      R"({"algorithm":"SHA-256","challenge":"ab","number":42,"salt":"s?expires=1&","signature":"cd","took":7})";
  for (const std::string_view padding : {"", "=", "=="}) {
    const auto solution = read_altcha_solution(to_base64url(json) + std::string(padding));
    ASSERT_TRUE(solution);
    EXPECT_EQ(solution->number, 42U);
    EXPECT_EQ(solution->salt, "s?expires=1&");
    EXPECT_EQ(solution->signature, "cd");
  }
}

TEST(AltchaSolution, RefusesWhatIsNone) {
  for (const std::string_view json :
       {"", "{}", "[]", "x",
        R"({"algorithm":"SHA-256","challenge":"ab","number":-1,"salt":"s","signature":"c"})",
        R"({"algorithm":"SHA-256","challenge":"ab","number":1,"salt":"s"})"}) {
    EXPECT_FALSE(read_altcha_solution(to_base64url(json))) << json;
  }
  EXPECT_FALSE(read_altcha_solution("%%%"));
  EXPECT_FALSE(read_altcha_solution(std::string(kMaxAltchaBytes + 1, 'A')));
}

}  // namespace
}  // namespace gatehouse::codec
