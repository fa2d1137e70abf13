#include "gatehouse/guard/explanations.hpp"

#include <gtest/gtest.h>

namespace gatehouse::guard {
namespace {

using namespace std::chrono_literals;

TEST(ExplanationSampler, TakesTheFirstFewOfAMinutePerRuleAndPrefix) {
  ExplanationSampler sampler;
  const TimePoint now{std::chrono::hours(1000)};
  const IpPrefix flooder = *IpPrefix::parse("198.51.100.7");
  const IpPrefix other = *IpPrefix::parse("198.51.100.8");
  for (std::uint32_t i = 0; i < ExplanationSampler::kPerMinute; ++i)
    EXPECT_TRUE(sampler.takes("limit.exceeded", flooder, now));
  EXPECT_FALSE(sampler.takes("limit.exceeded", flooder, now + 30s));
  EXPECT_TRUE(sampler.takes("limit.exceeded", other, now));
  EXPECT_TRUE(sampler.takes("origin.unknown", flooder, now));
  EXPECT_TRUE(sampler.takes("limit.exceeded", flooder, now + 1min));
  EXPECT_EQ(sampler.passed_over(), 1U);
}

}  // namespace
}  // namespace gatehouse::guard
