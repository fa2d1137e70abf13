#include "gatehouse/jobs/retry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::jobs {
namespace {

using namespace std::chrono_literals;

constexpr RetryTerms kTerms{.base = 1s, .cap = 1min};

Duration longest_of(std::uint32_t attempt, const Error& error = {}) {
  SecureRandom random;
  Duration longest{};
  for (int i = 0; i < 500; ++i)
    longest = std::max(longest, retry_delay(kTerms, attempt, error, random));
  return longest;
}

TEST(Retry, WaitsAnythingUpToTwiceAsLongEachTime) {
  EXPECT_LE(longest_of(1), 1s);
  EXPECT_GT(longest_of(1), 900ms);
  EXPECT_LE(longest_of(4), 8s);
  EXPECT_GT(longest_of(4), 7s);
  EXPECT_LE(longest_of(4'000'000'000), 1min);
}

TEST(Retry, WaitsAtLeastAsLongAsItWasAsked) {
  SecureRandom random;
  const Error busy{.code = ErrorCode::kRateLimited, .retry_after_ms = 20'000};
  for (int i = 0; i < 100; ++i) EXPECT_GE(retry_delay(kTerms, 1, busy, random), 20s);
  const Error for_ever{.code = ErrorCode::kRateLimited, .retry_after_ms = UINT32_MAX};
  EXPECT_LE(longest_of(1, for_ever), 24h + 1s);
}

TEST(Retry, MakesNoSenseWhereTheAnswerWouldBeTheSame) {
  EXPECT_FALSE(makes_sense_again(ErrorCode::kInvalid));
  EXPECT_FALSE(makes_sense_again(ErrorCode::kContentBlocked));
  EXPECT_TRUE(makes_sense_again(ErrorCode::kUnavailable));
  EXPECT_TRUE(makes_sense_again(ErrorCode::kRateLimited));
  EXPECT_TRUE(makes_sense_again(ErrorCode::kInternal));
}

}  // namespace
}  // namespace gatehouse::jobs
