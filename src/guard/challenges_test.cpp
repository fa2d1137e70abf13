#include "gatehouse/guard/challenges.hpp"

#include <gtest/gtest.h>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

using namespace std::chrono_literals;
using Answer = Challenges::Answer;

constexpr WallTime kNow{std::chrono::milliseconds(1'800'000'000'000)};

// A client that reads the challenge and does the work.
struct Solver {
  explicit Solver(const std::string& json)
      : challenge(member(json, "challenge")),
        salt(member(json, "salt")),
        signature(member(json, "signature")) {
    while (crypto::sha256_hex(salt + std::to_string(number)) != challenge) ++number;
  }
  static std::string member(const std::string& json, const std::string& name) {
    const auto start = json.find("\"" + name + "\":\"") + name.size() + 4;
    return json.substr(start, json.find('"', start) - start);
  }
  ChallengeSolution solution() const {
    return {.algorithm = "SHA-256",
            .challenge = challenge,
            .number = number,
            .salt = salt,
            .signature = signature};
  }
  std::string challenge;
  std::string salt;
  std::string signature;
  std::uint64_t number = 0;
};

class ChallengesTest : public testing::Test {
 protected:
  SecureRandom random_;
  Challenges challenges_{random_, {.greatest_number = 2000}};
  const IpPrefix client_ = *IpPrefix::parse("198.51.100.7");
};

TEST_F(ChallengesTest, TakesASolutionOnce) {
  const Solver solver(challenges_.issue(client_, "default", kNow));
  EXPECT_LE(solver.number, 2000U);
  EXPECT_EQ(challenges_.check(solver.solution(), client_, "default", kNow), Answer::kSolved);
  EXPECT_EQ(challenges_.check(solver.solution(), client_, "default", kNow), Answer::kUsed);
}

TEST_F(ChallengesTest, IsBoundToClientSiteAndTime) {
  const Solver solver(challenges_.issue(client_, "default", kNow));
  const auto check = [&](std::string_view client, std::string_view site, WallTime now) {
    return challenges_.check(solver.solution(), *IpPrefix::parse(client), site, now);
  };
  EXPECT_EQ(check("198.51.100.8", "default", kNow), Answer::kForSomebodyElse);
  EXPECT_EQ(check("198.51.100.7", "other", kNow), Answer::kForSomebodyElse);
  EXPECT_EQ(check("198.51.100.7", "default", kNow + 5min), Answer::kExpired);
  EXPECT_EQ(check("198.51.100.7", "default", kNow + 4min), Answer::kSolved);
}

TEST_F(ChallengesTest, RefusesEveryPartThatWasChanged) {
  const Solver solver(challenges_.issue(client_, "default", kNow));
  const auto answer = [&](const ChallengeSolution& solution) {
    return challenges_.check(solution, client_, "default", kNow);
  };
  auto changed = solver.solution();
  changed.number += 1;
  EXPECT_EQ(answer(changed), Answer::kWrong);
  changed = solver.solution();
  changed.algorithm = "SHA-1";
  EXPECT_EQ(answer(changed), Answer::kWrong);
  // A later end, with the work done for it: the signature is missing.
  const std::string salt =
      "x?expires=9999999999&bind=" + solver.salt.substr(solver.salt.find("bind=") + 5);
  const std::string challenge = crypto::sha256_hex(salt + "7");
  changed = {.algorithm = "SHA-256",
             .challenge = challenge,
             .number = 7,
             .salt = salt,
             .signature = solver.signature};
  EXPECT_EQ(answer(changed), Answer::kWrong);
  changed = solver.solution();
  changed.signature = {};
  EXPECT_EQ(answer(changed), Answer::kWrong);
}

TEST_F(ChallengesTest, DoesNotTakeWhatAnotherProcessGaveOut) {
  Challenges other(random_, {.greatest_number = 2000});
  const Solver solver(other.issue(client_, "default", kNow));
  EXPECT_EQ(challenges_.check(solver.solution(), client_, "default", kNow), Answer::kWrong);
}

}  // namespace
}  // namespace gatehouse::guard
