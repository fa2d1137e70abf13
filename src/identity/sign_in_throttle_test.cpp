#include "gatehouse/identity/sign_in_throttle.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace gatehouse::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Next = SignInThrottle::Next;

class Throttle : public testing::Test {
 protected:
  Next try_from(const std::string& address, bool has_worked = false,
                std::string_view name = "anna") {
    last_ = throttle_.begin("default", name, *IpPrefix::parse(address), has_worked);
    return last_.next;
  }
  void fail_from(const std::string& address, int times) {
    for (int i = 0; i < times; ++i) {
      while (try_from(address, true) == Next::kWait) clock_.advance(seconds(last_.retry_after_s));
    }
  }

  FakeClock clock_;
  SecureRandom random_;
  SignInThrottle throttle_{clock_, random_};
  SignInThrottle::Decision last_;
};

TEST_F(Throttle, AsksForWorkAfterThreeFailures) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(try_from("192.0.2.1"), Next::kTry) << i;
  EXPECT_EQ(try_from("192.0.2.1"), Next::kWork);
  EXPECT_EQ(try_from("192.0.2.1"), Next::kWork) << "asking costs nothing";
  EXPECT_EQ(try_from("192.0.2.1", true), Next::kTry);
}

TEST_F(Throttle, WaitsLongerAfterEachFailureUpToAQuarterOfAnHour) {
  fail_from("192.0.2.1", 5);
  std::uint32_t before = 0;
  for (int i = 0; i < 14; ++i) {
    ASSERT_EQ(try_from("192.0.2.1", true), Next::kWait);
    EXPECT_GE(last_.retry_after_s, before);
    before = last_.retry_after_s;
    clock_.advance(seconds(last_.retry_after_s));
    ASSERT_EQ(try_from("192.0.2.1", true), Next::kTry);
  }
  EXPECT_EQ(before, 900U);
}

TEST_F(Throttle, AnAttackerCannotLockTheOwnerOut) {
  for (int network = 0; network < 200; ++network)
    fail_from("198.51.100." + std::to_string(network), 5);
  EXPECT_EQ(try_from("192.0.2.1"), Next::kWork) << "the owner's browser works a second";
  EXPECT_EQ(try_from("192.0.2.1", true), Next::kTry) << "and never waits";
}

TEST_F(Throttle, ARightPasswordForgivesItsOwnNetworkOnly) {
  fail_from("198.51.100.1", 12);
  fail_from("192.0.2.1", 3);
  throttle_.forgive("default", "anna", *IpPrefix::parse("192.0.2.1"));
  EXPECT_EQ(try_from("198.51.100.1", true), Next::kWait);
  EXPECT_EQ(try_from("192.0.2.1"), Next::kWork) << "others still try this account";
  EXPECT_EQ(try_from("192.0.2.2", false, "ben"), Next::kTry);
}

TEST_F(Throttle, ForgetsAfterAnHour) {
  fail_from("192.0.2.1", 8);
  clock_.advance(minutes(61));
  EXPECT_EQ(try_from("192.0.2.1"), Next::kTry);
}

TEST_F(Throttle, CountsTriesAtTheSameTime) {
  int let_in = 0;
  for (int i = 0; i < 50; ++i) let_in += try_from("192.0.2.1") == Next::kTry ? 1 : 0;
  EXPECT_EQ(let_in, 3);
}

TEST_F(Throttle, TakesBackWhatFoundNothingOut) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(try_from("192.0.2.1"), Next::kTry);
    throttle_.take_back("default", "anna", *IpPrefix::parse("192.0.2.1"));
  }
}

TEST_F(Throttle, KeepsItsSizeUnderAFloodOfNames) {
  fail_from("192.0.2.1", 5);
  for (int i = 0; i < 200'000; ++i)
    throttle_.begin("default", "name" + std::to_string(i), *IpPrefix::parse("198.51.100.9"), false);
  EXPECT_EQ(try_from("192.0.2.1"), Next::kTry) << "the oldest are forgotten first";
}

// Against a model that keeps every failure: the same decisions over random schedules.
TEST_F(Throttle, DecidesLikeAListOfAllFailures) {
  struct Model {
    std::uint32_t here = 0;
    TimePoint last;
  };
  std::mt19937 chance(7);
  std::map<std::string, Model> networks;
  std::uint32_t of_all = 0;
  TimePoint last_of_all;
  for (int step = 0; step < 20'000; ++step) {
    clock_.advance(seconds(chance() % (step % 100 == 0 ? 5000 : 40)));
    const std::string address = "192.0.2." + std::to_string(chance() % 4);
    const bool has_worked = chance() % 2 == 0;
    auto& model = networks[address];
    if (clock_.now() - model.last > minutes(60)) model.here = 0;
    if (clock_.now() - last_of_all > minutes(60)) of_all = 0;
    const auto doublings = std::min(model.here < 5 ? 0 : model.here - 5, 10U);
    const auto wait = seconds(model.here < 5 ? 0U : std::min(1U << doublings, 900U));
    Next expected = Next::kTry;
    if ((model.here >= 3 || of_all >= 10) && !has_worked) expected = Next::kWork;
    if (clock_.now() < model.last + wait) expected = Next::kWait;
    ASSERT_EQ(try_from(address, has_worked), expected) << step;
    if (expected != Next::kTry) continue;
    ++model.here;
    ++of_all;
    model.last = last_of_all = clock_.now();
    if (chance() % 8 != 0) continue;
    throttle_.forgive("default", "anna", *IpPrefix::parse(address));
    of_all -= std::min(of_all, model.here);
    model.here = 0;
  }
}

}  // namespace
}  // namespace gatehouse::identity
