#include "gatehouse/identity/totp.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::identity {
namespace {

const Secret kKey(std::string("12345678901234567890"));
WallTime at_second(std::int64_t second) { return WallTime{std::chrono::seconds(second)}; }

// RFC 6238, appendix B, with six digits.
TEST(Totp, IsThatOfTheStandard) {
  EXPECT_EQ(totp_code(kKey, totp_step(at_second(59))), "287082");
  EXPECT_EQ(totp_code(kKey, totp_step(at_second(1111111109))), "081804");
  EXPECT_EQ(totp_code(kKey, totp_step(at_second(1111111111))), "050471");
  EXPECT_EQ(totp_code(kKey, totp_step(at_second(1234567890))), "005924");
  EXPECT_EQ(totp_code(kKey, totp_step(at_second(2000000000))), "279037");
  EXPECT_EQ(totp_code(kKey, totp_step(at_second(20000000000))), "353130");
}

// RFC 4648 §10.
TEST(Base32, IsThatOfTheStandard) {
  EXPECT_EQ(to_base32(""), "");
  EXPECT_EQ(to_base32("f"), "MY");
  EXPECT_EQ(to_base32("foob"), "MZXW6YQ");
  EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
}

TEST(Totp, TakesTheCodesOfClocksThatAreAStepOffAndNoOthers) {
  const WallTime now = at_second(1'800'000'000);
  const std::uint64_t here = totp_step(now);
  for (std::uint64_t step = here - 5; step <= here + 5; ++step) {
    const bool is_near = step + 1 >= here && step <= here + 1;
    EXPECT_EQ(match_totp(kKey, totp_code(kKey, step), now, 0).has_value(), is_near) << step - here;
  }
  for (const std::string_view code : {"", "0", "0000000", "abcdef"})
    EXPECT_FALSE(match_totp(kKey, code, now, 0)) << code;
  EXPECT_TRUE(match_totp(kKey, totp_code(kKey, 0), at_second(0), 0) == std::nullopt);
}

TEST(Totp, ACodeWorksOnce) {
  const WallTime now = at_second(1'800'000'000);
  const std::uint64_t here = totp_step(now);
  const auto used = match_totp(kKey, totp_code(kKey, here), now, 0);
  ASSERT_EQ(used, here);
  EXPECT_FALSE(match_totp(kKey, totp_code(kKey, here), now, *used));
  EXPECT_FALSE(match_totp(kKey, totp_code(kKey, here - 1), now, *used)) << "nor an older one";
  EXPECT_TRUE(match_totp(kKey, totp_code(kKey, here + 1), now, *used));
}

TEST(Totp, UriIsWhatAppsRead) {
  EXPECT_EQ(totp_uri(kKey, "anna+x@example.org"),
            "otpauth://totp/Gatehouse:anna%2Bx%40example.org?secret="
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Gatehouse");
}

TEST(RecoveryCode, IsReadHoweverItIsTyped) {
  SecureRandom random;
  const auto code = make_recovery_code(random);
  EXPECT_EQ(code.size(), 29U);  // six groups of four: 120 bits
  EXPECT_NE(code, make_recovery_code(random));
  std::string shouted = code;
  std::ranges::transform(shouted, shouted.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '-' ? ' ' : c;
  });
  EXPECT_EQ(normal_recovery_code(shouted), normal_recovery_code(code));
}

}  // namespace
}  // namespace gatehouse::identity
