#include "gatehouse/guard/session_watch.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace gatehouse::guard {
namespace {

using std::chrono::seconds;

Principal visitor(std::string id, bool has_other_agent, bool has_other_network) {
  return {.kind = Principal::Kind::kVisitor,
          .id = std::move(id),
          .has_other_agent = has_other_agent,
          .has_other_network = has_other_network};
}

IpAddress address(unsigned network, unsigned host = 7) {
  return IpAddress::from_v4(0xC6330000U + (network << 8U) + host);
}

Policy policy_of(SessionSignals signals) {
  Policy policy;
  policy.session_signals = signals;
  return policy;
}

class Watch : public testing::Test {
 protected:
  Verdict judge(const Principal& principal, const IpAddress& client, SessionSignals signals) {
    return watch_.judge(principal, client, policy_of(signals), now_);
  }
  Action moves_to(unsigned network, std::string id = "s") {
    return judge(visitor(std::move(id), false, true), address(network), SessionSignals::kNormal)
        .action;
  }

  SessionWatch watch_{7};
  TimePoint now_{seconds(1000)};
};

TEST_F(Watch, MakesOfADifferenceWhatTheSettingSays) {
  using enum SessionSignals;
  struct Row {
    SessionSignals signals;
    Action agent, network, both;
  };
  for (const auto& row : {Row{kOff, Action::kAllow, Action::kAllow, Action::kAllow},
                          Row{kNormal, Action::kFlag, Action::kAllow, Action::kDeny},
                          Row{kStrict, Action::kDeny, Action::kChallenge, Action::kDeny},
                          Row{kEnd, Action::kDeny, Action::kChallenge, Action::kDeny}}) {
    const auto which = static_cast<int>(row.signals);
    EXPECT_EQ(judge(visitor("s", false, false), address(1), row.signals).action, Action::kAllow);
    EXPECT_EQ(judge(visitor("s", true, false), address(1), row.signals).action, row.agent) << which;
    EXPECT_EQ(judge(visitor("s", false, true), address(1), row.signals).action, row.network)
        << which;
    EXPECT_EQ(judge(visitor("s", true, true), address(1), row.signals).action, row.both) << which;
  }
}

TEST_F(Watch, RefusesTheFifthNetworkOfTenMinutesAndNoneBefore) {
  for (unsigned network = 1; network <= 4; ++network) EXPECT_EQ(moves_to(network), Action::kAllow);
  EXPECT_EQ(moves_to(5), Action::kDeny);
  EXPECT_EQ(moves_to(5, "another"), Action::kAllow);
  for (unsigned network = 1; network <= 4; ++network) EXPECT_EQ(moves_to(network), Action::kAllow);
  now_ += seconds(599);
  EXPECT_EQ(moves_to(5), Action::kDeny);
  now_ += seconds(1);
  EXPECT_EQ(moves_to(5), Action::kAllow);
}

TEST_F(Watch, TakesNeighboursForOneNetwork) {
  for (unsigned host = 1; host < 200; ++host) {
    EXPECT_EQ(judge(visitor("s", false, true), address(1, host), SessionSignals::kNormal).action,
              Action::kAllow);
    const auto neighbour =
        *IpAddress::parse("2001:db8:1:" + std::to_string(host) + "::" + std::to_string(host));
    EXPECT_EQ(judge(visitor("t", false, true), neighbour, SessionSignals::kNormal).action,
              Action::kAllow);
  }
}

TEST_F(Watch, TellsSessionsOfOneAccountApart) {
  for (unsigned network = 1; network <= 20; ++network) {
    Principal account = visitor("account", false, true);
    account.kind = Principal::Kind::kAccount;
    account.session_id = "session " + std::to_string(network / 4);
    EXPECT_EQ(judge(account, address(network), SessionSignals::kNormal).action, Action::kAllow);
  }
}

TEST_F(Watch, TellsWhoeverEndsSessions) {
  std::string ended;
  watch_.set_on_threat([&](const ThreatenedSession& session) {
    ended = session.principal.id + " " + std::string(session.rule);
  });
  const Principal principal = visitor("s", true, true);
  watch_.threatened(
      {.principal = principal, .client = address(1), .request_id = {}, .rule = "session.moved"});
  EXPECT_EQ(ended, "s session.moved");
}

TEST_F(Watch, CountsNoSessionTwiceFromSeveralThreads) {
  std::vector<std::thread> threads;
  std::atomic<unsigned> let_in = 0;
  for (unsigned thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      if (watch_
              .judge(visitor("s", false, true), address(thread), policy_of(SessionSignals::kNormal),
                     now_)
              .action == Action::kAllow)
        ++let_in;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(let_in, 4U);
}

}  // namespace
}  // namespace gatehouse::guard
