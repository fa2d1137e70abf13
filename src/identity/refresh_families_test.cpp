#include "gatehouse/identity/refresh_families.hpp"

#include <gtest/gtest.h>

#include <random>

#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/identity/testing/memory_token_store.hpp"

namespace gatehouse::identity {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using testing::kAnna;

const TokenClient kPhone{.user_agent = "app/1", .network = *IpPrefix::parse("198.51.100.7")};
const TokenClient kElsewhere{.user_agent = "app/1", .network = *IpPrefix::parse("203.0.113.9")};
const TokenClient kOtherAgent{.user_agent = "curl", .network = *IpPrefix::parse("198.51.100.7")};

class Refreshing : public ::testing::Test {
 protected:
  Refreshing() { store_.add_account(kAnna); }

  IssuedRefresh begin(const TokenClient& client = kPhone) {
    return async::answer_of([&](async::Worker& home) {
             return families_.begin(home, kAnna, client, testing::event_named("sign_in"));
           })
        .value();
  }
  RefreshOutcome refresh(std::string_view token, const TokenClient& client = kPhone,
                         RefreshFamilies* by = nullptr) {
    RefreshFamilies& families = by != nullptr ? *by : families_;
    return async::answer_of([&](async::Worker& home) {
      return families.refresh(home, "default", Secret(std::string(token)), client,
                              testing::event_named(""));
    });
  }
  std::string next(std::string_view token, const TokenClient& client = kPhone) {
    auto outcome = refresh(token, client);
    return outcome.issued ? std::string(outcome.issued->token.reveal())
                          : outcome.issued.error().log_message;
  }
  bool is_alive(const IssuedRefresh& begun) { return live_.is_alive(begun.family.id, 1); }

  FakeClock clock_;
  SecureRandom random_;
  testing::MemoryTokenStore store_;
  LiveFamilies live_;
  const crypto::SealingKeys keys_ = crypto::SealingKeys::make(random_);
  RefreshFamilies families_{store_, live_, crypto::Sealer(keys_, "x"), clock_, random_, {}};
};

TEST_F(Refreshing, EachTokenGivesTheNext) {
  const auto begun = begin();
  std::string token(begun.token.reveal());
  for (int i = 0; i < 5; ++i) {
    clock_.advance(days(3));
    const auto after = next(token);
    EXPECT_NE(after, token);
    ASSERT_TRUE(after.starts_with("gr1." + begun.family.id + "." + std::to_string(i + 2) + "."))
        << after;
    token = after;
  }
  EXPECT_TRUE(is_alive(begun));
}

TEST_F(Refreshing, TheSameClientGetsTheSameAnswerAgainForTwentySeconds) {
  const auto begun = begin();
  const auto token = begun.token.reveal();
  const auto second = next(token);
  clock_.advance(seconds(20));
  EXPECT_EQ(next(token), second);
  EXPECT_EQ(next(token), second);
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(next(token), "used_again");
  EXPECT_EQ(next(second), "unknown_or_ended") << "nobody gets anything any more";
  EXPECT_FALSE(is_alive(begun));
  EXPECT_EQ(store_.recorded(), (std::vector<std::string>{"sign_in", "tokens.reuse"}));
}

TEST_F(Refreshing, WhoeverElseBringsAUsedTokenEndsTheFamily) {
  for (const TokenClient& thief : {kElsewhere, kOtherAgent}) {
    const auto begun = begin();
    const auto second = next(begun.token.reveal());
    const auto outcome = refresh(begun.token.reveal(), thief);
    EXPECT_TRUE(outcome.is_reuse);
    EXPECT_EQ(outcome.account_id, kAnna.id);
    EXPECT_EQ(outcome.family_id, begun.family.id);
    EXPECT_EQ(outcome.issued.error().code, ErrorCode::kUnauthenticated);
    EXPECT_EQ(next(second), "unknown_or_ended");
    EXPECT_FALSE(is_alive(begun));
  }
}

TEST_F(Refreshing, ATokenTwoBehindIsReuseEvenAtOnce) {
  const auto begun = begin();
  next(next(begun.token.reveal()));
  EXPECT_EQ(next(begun.token.reveal()), "used_again");
}

TEST_F(Refreshing, TheOwnerWhoComesAfterTheThiefEndsWhatTheThiefHas) {
  const auto begun = begin();
  const auto stolen = next(begun.token.reveal(), kElsewhere);
  ASSERT_TRUE(stolen.starts_with("gr1."));
  EXPECT_EQ(next(begun.token.reveal()), "used_again");
  EXPECT_EQ(next(stolen, kElsewhere), "unknown_or_ended");
}

TEST_F(Refreshing, EndsAfterAMonthInAnyCaseAndAfterAFortnightUnused) {
  const auto forgotten = begin();
  clock_.advance(days(14));
  EXPECT_EQ(next(forgotten.token.reveal()), "expired");
  const auto used = begin();
  EXPECT_EQ(used.expires_at, clock_.wall() + days(14));
  std::string token(used.token.reveal());
  for (int i = 0; i < 2; ++i) {
    clock_.advance(days(13));
    token = next(token);
    ASSERT_TRUE(token.starts_with("gr1.")) << token;
  }
  const auto last = refresh(token).issued.value();
  EXPECT_EQ(last.expires_at, clock_.wall() + days(4));
  EXPECT_EQ(last.family_ends_at, clock_.wall() + days(4));
  clock_.advance(days(4));
  EXPECT_EQ(next(last.token.reveal()), "expired");
}

TEST_F(Refreshing, TokensCanNotBeMadeUp) {
  const auto begun = begin();
  const std::string token(begun.token.reveal());
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char other : std::string_view("0A.-", 4)) {
      if (token[i] == other) continue;
      std::string changed = token;
      changed[i] = other;
      EXPECT_FALSE(refresh(changed).issued) << i;
    }
    EXPECT_FALSE(refresh(token.substr(0, i)).issued) << i;
  }
  const auto mac = token.substr(token.rfind('.'));
  for (const auto* const number : {"0", "2", "01", "+1", "1 ", "", "18446744073709551616"})
    EXPECT_FALSE(refresh("gr1." + begun.family.id + "." + number + mac).issued) << number;
  EXPECT_FALSE(refresh(std::string(5000, 'a')).issued);
  EXPECT_FALSE(refresh(begun.family.id).issued);
  EXPECT_TRUE(refresh(token).issued) << "none of it has ended the family";
}

TEST_F(Refreshing, AnotherHouseMakesOtherTokensOfTheSameFamily) {
  RefreshFamilies other(store_, live_, crypto::Sealer(crypto::SealingKeys::make(random_), "x"),
                        clock_, random_, {});
  const auto begun = begin();
  EXPECT_EQ(refresh(begun.token.reveal(), kPhone, &other).issued.error().code,
            ErrorCode::kUnavailable);
}

TEST_F(Refreshing, ItsOwnerEndsItAndNobodyElse) {
  const auto begun = begin();
  const auto end = [&](const Account& owner) {
    return async::answer_of([&](async::Worker& home) {
             return families_.end(home, owner, begun.family.id, testing::event_named(""));
           })
        .value();
  };
  EXPECT_FALSE(end(testing::kBen));
  EXPECT_TRUE(is_alive(begun));
  EXPECT_TRUE(end(kAnna));
  EXPECT_FALSE(end(kAnna));
  EXPECT_FALSE(is_alive(begun));
  EXPECT_EQ(next(begun.token.reveal()), "unknown_or_ended");
}

TEST_F(Refreshing, RevokingTakesAnyTokenOfTheFamilyAndSaysNothingOfOthers) {
  const auto revoke = [&](std::string_view token) {
    return async::answer_of([&](async::Worker& home) {
             return families_.revoke(home, "default", Secret(std::string(token)),
                                     testing::event_named(""));
           })
        .has_value();
  };
  const auto begun = begin();
  const auto second = next(begun.token.reveal());
  std::string forged(begun.token.reveal());
  forged.back() = forged.back() == 'A' ? 'E' : 'A';
  for (const std::string& wrong : {std::string(), std::string("x"), forged}) {
    EXPECT_TRUE(revoke(wrong));
    EXPECT_TRUE(is_alive(begun));
  }
  EXPECT_TRUE(revoke(begun.token.reveal())) << "also a used one";
  EXPECT_FALSE(is_alive(begun));
  EXPECT_EQ(next(second), "unknown_or_ended");
}

// The rules once more, in the plainest way: what a family must do, whatever is done to it.
struct Model {
  std::vector<std::string> tokens;  // the last is the good one
  bool is_over = false;
  WallTime began_at;
  WallTime last_at;
  TokenClient last_client;

  std::string expect(std::size_t index, const TokenClient& client, WallTime now) {
    if (is_over) return "unknown_or_ended";
    if (now >= began_at + days(30) || now >= last_at + days(14)) return "expired";
    if (index + 1 == tokens.size()) {
      last_at = now;
      last_client = client;
      return "a new one";
    }
    const bool was_lost = index + 2 == tokens.size() && now - last_at <= seconds(20);
    if (was_lost && client == last_client) return tokens.back();
    is_over = true;
    return "used_again";
  }
};

TEST_F(Refreshing, DoesWhatTheModelDoesInAnyOrder) {
  std::mt19937 dice(20'261'121);
  const auto pick = [&](std::size_t bound) { return dice() % bound; };
  const std::array clients{kPhone, kElsewhere, kOtherAgent};
  const std::array<Duration, 6> pauses{seconds(0),  seconds(1), seconds(19),
                                       seconds(21), days(2),    days(13)};
  std::map<std::string, int> seen;
  for (int family = 0; family < 400; ++family) {
    const auto begun = begin();
    Model model{.tokens = {std::string(begun.token.reveal())},
                .began_at = clock_.wall(),
                .last_at = clock_.wall(),
                .last_client = kPhone};
    for (int step = 0; step < 30; ++step) {
      clock_.advance(pauses[pick(pick(4) == 0 ? pauses.size() : 3)]);
      // Mostly the good token by its owner, or the family would be over at once.
      const std::size_t behind = pick(5) == 0 ? pick(3) : 0;
      const std::size_t index = model.tokens.size() - 1 - std::min(behind, model.tokens.size() - 1);
      const TokenClient& client = clients[pick(4) == 0 ? pick(3) : 0];
      const auto expected = model.expect(index, client, clock_.wall());
      const auto given = next(model.tokens[index], client);
      if (expected == "a new one") {
        ASSERT_TRUE(given.starts_with("gr1.")) << given;
        ASSERT_EQ(std::ranges::count(model.tokens, given), 0);
        model.tokens.push_back(given);
      } else {
        ASSERT_EQ(given, expected) << "family " << family << " step " << step;
      }
      ASSERT_EQ(is_alive(begun), !model.is_over);
      ++seen[expected.starts_with("gr1.") ? "the same" : expected];
    }
  }
  EXPECT_EQ(seen.size(), 5U) << "every answer came";
}

}  // namespace
}  // namespace gatehouse::identity
