#include "gatehouse/identity/access_tokens.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "gatehouse/base/text.hpp"
#include "token_house.hpp"

namespace gatehouse::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::TokenHouse;

constexpr std::string_view kNoKey = "access token: of no key of this house";
constexpr std::string_view kNotSigned = "access token: not signed by its key";
constexpr std::string_view kMalformed = "access token: malformed";

std::string part_of(std::string_view token, int number) {
  const auto parts = crypto::split_jws(token).value();
  return std::string(number == 0 ? parts.header : number == 1 ? parts.payload : parts.signature);
}

std::string text_of(std::string_view token, int number) {
  return from_base64url(part_of(token, number)).value();
}

std::string joined(std::string_view header, std::string_view payload, std::string_view signature) {
  std::string token(header);
  return token.append(".").append(payload).append(".").append(signature);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

class AccessToken : public ::testing::Test {
 protected:
  // The header of the house's tokens, changed, and signed with the house's own key: worse than any
  // attacker can do.
  std::string with_header(std::string_view header_json) {
    return house_.keys.ring()->signing()->key.sign(header_json, text_of(token_, 1));
  }

  TokenHouse house_;
  const std::string token_ = house_.issue();
  const std::string header_ = text_of(token_, 0);
  const std::string claims_ = text_of(token_, 1);
  const std::string kid_ = house_.keys.ring()->signing()->kid;
};

TEST_F(AccessToken, TellsWhoAsks) {
  const auto claims = house_.tokens.verify(token_).value();
  EXPECT_EQ(claims->account_id, house_.account.id);
  EXPECT_EQ(claims->family_id, TokenHouse::kFamily);
  EXPECT_EQ(claims->site, "default");
  EXPECT_EQ(claims->role, Role::kOperator);
  EXPECT_EQ(claims->epoch, 1U);
  EXPECT_EQ(claims->expires_at, house_.clock.wall() + minutes(15));
  EXPECT_EQ(header_, R"({"alg":"EdDSA","kid":")" + kid_ + R"(","typ":"at+jwt"})");
  EXPECT_NE(house_.issue(), token_) << "each has an id of its own";
}

TEST_F(AccessToken, HoldsForAQuarterOfAnHourAndHalfAMinuteOfSkew) {
  house_.clock.advance(minutes(15) + seconds(29));
  EXPECT_EQ(house_.verdict(token_), "");
  house_.clock.advance(seconds(1));
  EXPECT_EQ(house_.verdict(token_), "access token: expired") << "though it was remembered";
  TokenHouse fresh;
  const auto token = fresh.issue();
  fresh.clock.advance(-seconds(31));
  EXPECT_EQ(fresh.verdict(token), "access token: not valid yet");
  fresh.clock.advance(seconds(1));
  EXPECT_EQ(fresh.verdict(token), "");
}

TEST_F(AccessToken, NeverOutlivesItsFamily) {
  const auto issued =
      house_.tokens.issue(house_.account, TokenHouse::kFamily, house_.clock.wall() + minutes(1));
  EXPECT_EQ(issued->expires_at, house_.clock.wall() + minutes(1));
}

TEST_F(AccessToken, EndsWithItsFamilyAndWithTheEpochOfItsAccount) {
  ASSERT_EQ(house_.verdict(token_), "");
  house_.live.end_before(house_.account.id, 2);
  EXPECT_EQ(house_.verdict(token_), "access token: ended");
  house_.live.add({.id = TokenHouse::kFamily, .account_id = house_.account.id, .epoch = 1});
  EXPECT_EQ(house_.verdict(token_), "access token: ended") << "added too late";
  house_.live.add({.id = TokenHouse::kFamily, .account_id = house_.account.id, .epoch = 2});
  EXPECT_EQ(house_.verdict(token_), "access token: ended") << "of another epoch";
  ++house_.account.epoch;
  EXPECT_EQ(house_.verdict(house_.issue()), "");
  house_.live.end({TokenHouse::kFamily});
  EXPECT_EQ(house_.verdict(house_.issue()), "access token: ended");
}

TEST_F(AccessToken, ARotationEndsNoneBeforeItsTimeAndRotatingNowEndsAll) {
  ASSERT_EQ(house_.verdict(token_), "");
  house_.rotate();
  const auto next = house_.issue();
  EXPECT_NE(part_of(next, 0), part_of(token_, 0));
  house_.clock.advance(minutes(15));
  EXPECT_EQ(house_.verdict(token_), "");
  EXPECT_EQ(house_.verdict(next), "");
  house_.clock.advance(minutes(5));
  EXPECT_EQ(house_.verdict(token_), kNoKey);
  const auto last = house_.issue();
  house_.rotate(true);
  EXPECT_EQ(house_.verdict(last), kNoKey) << "though it was remembered";
  EXPECT_EQ(house_.verdict(house_.issue()), "");
}

TEST_F(AccessToken, TheHeaderIsTakenWholeOrNotAtAll) {
  const std::string kid = R"("kid":")" + kid_ + R"(")";
  const std::vector<std::string> headers{
      R"({"alg":"none"})",
      R"({"alg":"None",)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"NONE",)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"nOnE",)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"",)" + kid + R"(,"typ":"at+jwt"})",
      R"({)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"HS256",)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"RS256",)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"ES256",)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":["EdDSA"],)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"EdDSA","alg":"none",)" + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"EdDSA",)" + kid + "," + kid + R"(,"typ":"at+jwt"})",
      R"({"alg":"EdDSA",)" + kid + "}",
      R"({"alg":"EdDSA",)" + kid + R"(,"typ":"JWT"})",
      R"({"alg":"EdDSA",)" + kid + R"(,"typ":"AT+JWT"})",
      R"({"alg":"EdDSA","typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":"../../../../dev/null","typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":"/etc/passwd","typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":"x' OR '1'='1","typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":"x' UNION SELECT 'k' --","typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":"|/bin/true","typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":"","typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":null,"typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":0,"typ":"at+jwt"})",
      R"({"alg":"EdDSA","kid":")" + std::string(1000, 'k') + R"(","typ":"at+jwt"})",
      header_.substr(0, header_.size() - 1) + R"(,"jku":"https://evil.example/jwks.json"})",
      header_.substr(0, header_.size() - 1) + R"(,"x5u":"https://evil.example/cert.pem"})",
      header_.substr(0, header_.size() - 1) + R"(,"jwk":{"kty":"OKP","crv":"Ed25519","x":"AA"}})",
      header_.substr(0, header_.size() - 1) + R"(,"x5c":["MIIB"]})",
      header_.substr(0, header_.size() - 1) + R"(,"crit":["exp"]})",
      header_.substr(0, header_.size() - 1) + R"(,"b64":false})",
      header_.substr(0, header_.size() - 1) + R"(,"zip":"DEF"})",
      " " + header_,
      "null",
      "[]",
  };
  for (const auto& header : headers)
    EXPECT_EQ(house_.verdict(with_header(header)), kNoKey) << header;
  EXPECT_EQ(house_.verdict(with_header(header_)), "") << "the test's own way of signing is right";
}

TEST_F(AccessToken, WithoutASignatureIsNone) {
  for (const auto* const alg : {"none", "None", "NONE", "nOnE"}) {
    const auto header = to_base64url(std::string(R"({"alg":")") + alg + R"("})");
    EXPECT_EQ(house_.verdict(header + "." + part_of(token_, 1) + "."), kMalformed);
    EXPECT_EQ(house_.verdict(joined(header, part_of(token_, 1), part_of(token_, 2))), kNoKey);
  }
  EXPECT_EQ(house_.verdict(part_of(token_, 0) + "." + part_of(token_, 1) + "."), kMalformed);
  EXPECT_EQ(house_.verdict(part_of(token_, 0) + "." + part_of(token_, 1)), kMalformed);
}

// Key confusion, and the secret that responders share (JWT_SECRET): whatever they sign, with
// whichever header, none is ours.
TEST_F(AccessToken, NoOtherKeySignsOne) {
  const auto& public_key = *house_.keys.ring()->signing()->key.public_key();
  const std::vector<std::string> secrets{
      std::string(crypto::as_text(public_key)), to_base64url(crypto::as_text(public_key)),
      "the secret that responders share, JWT_SECRET", std::string(32, '\0')};
  for (const auto algorithm : {crypto::JwsAlgorithm::kHs256, crypto::JwsAlgorithm::kEdDsa}) {
    TokenHouse house(algorithm);
    const auto own = house.issue();
    for (const auto& secret : secrets) {
      const auto key = crypto::JwsKey::from_secret(crypto::JwsAlgorithm::kHs256, Secret(secret));
      const auto claims = text_of(own, 1);
      EXPECT_EQ(house.verdict(key->sign(text_of(own, 0), claims)), kNotSigned);
      for (const std::string& header :
           {std::string(R"({"alg":"HS256","typ":"JWT"})"), R"({"alg":"HS256","kid":")" +
                                                               house.keys.ring()->signing()->kid +
                                                               R"(","typ":"at+jwt","x":0})"})
        EXPECT_EQ(house.verdict(key->sign(header, claims)), kNoKey);
    }
  }
  TokenHouse other;
  EXPECT_EQ(house_.verdict(other.issue()), kNoKey);
  const auto others_signature = other.keys.ring()->signing()->key.sign(header_, claims_);
  EXPECT_EQ(house_.verdict(others_signature), kNotSigned);
}

TEST_F(AccessToken, EachByteCounts) {
  for (std::size_t i = 0; i < token_.size(); ++i) {
    for (const char other : std::string_view("AB.=\0", 5)) {
      if (token_[i] == other) continue;
      std::string changed = token_;
      changed[i] = other;
      EXPECT_NE(house_.verdict(changed), "") << i;
    }
  }
  for (const auto* const more : {"=", "==", "A", ".", " "}) {
    EXPECT_NE(house_.verdict(token_ + more), "");
    EXPECT_NE(house_.verdict(replaced(token_, ".", std::string(more) + ".")), "");
  }
}

TEST_F(AccessToken, HugeOnesAreRefusedUnread) {
  std::string huge;
  huge.resize(10'000'000, 'a');
  EXPECT_EQ(house_.verdict(huge), kMalformed);
  EXPECT_EQ(house_.verdict(std::string(5000, '.')), kMalformed);
  const auto padded = house_.sign(claims_.substr(0, claims_.size() - 1) + R"(,"x":")" +
                                  std::string(4000, 'x') + R"("})");
  EXPECT_EQ(house_.verdict(padded), kMalformed);
}

// All of these are signed with the house's own key.
TEST_F(AccessToken, EachClaimIsThereAndOfItsType) {
  constexpr std::string_view kClaims[] = {"iss", "aud", "sub",  "sid",  "jti",  "iat",
                                          "nbf", "exp", "site", "role", "epoch"};
  ASSERT_EQ(house_.verdict(house_.sign(claims_)), "");
  for (const auto name : kClaims) {
    const std::string quoted = '"' + std::string(name) + '"';
    EXPECT_NE(house_.verdict(house_.sign(replaced(claims_, quoted, "\"was\""))), "") << name;
    for (const auto* const value : {"null", "true", "[]", "{}", "[\"gatehouse\"]", "\"\"", "-1",
                                    "1.5", "1e3", "99999999999999999999", "\"1\""}) {
      const auto at = claims_.find(quoted) + quoted.size() + 1;
      const auto end = claims_.find_first_of(",}", at);
      std::string changed = claims_;
      changed.replace(at, end - at, value);
      // Other numbers are epochs too, and other texts ids.
      const auto verdict = house_.verdict(house_.sign(changed));
      const bool is_id = name == "sub" || name == "jti";
      if (!is_id || value != std::string_view("\"1\"")) EXPECT_NE(verdict, "") << name << value;
    }
  }
}

TEST_F(AccessToken, ClaimsOfOthersAndStrangeJsonAreRefused) {
  const auto verdict = [&](std::string_view what, std::string_view by) {
    return house_.verdict(house_.sign(replaced(claims_, what, by)));
  };
  EXPECT_EQ(verdict("chat.example.com", "evil.example"), "access token: of another issuer");
  EXPECT_EQ(verdict("https://chat", "http://chat"), "access token: of another issuer");
  EXPECT_EQ(verdict(R"("gatehouse")", R"("other")"), "access token: for another audience");
  EXPECT_EQ(verdict(R"("site":"default")", R"("site":"other")"), "access token: of another site");
  EXPECT_NE(verdict(R"("role":"operator")", R"("role":"root")"), "");
  EXPECT_EQ(verdict(TokenHouse::kFamily, "0199a1b2-0000-7000-8000-0000000000fb"),
            "access token: ended");
  EXPECT_EQ(verdict(R"("epoch":1)", R"("epoch":2)"), "access token: ended");
  const auto expires = R"("exp":)" + std::to_string(unix_seconds(house_.clock.wall()) + 900);
  EXPECT_EQ(verdict(expires, expires + "0"), "access token: of a longer life than is given");
  EXPECT_EQ(verdict(expires, R"("exp":1)"), "access token: expired");
  const auto flat = "access token: its claims are no flat JSON object";
  EXPECT_EQ(verdict(R"("role":"operator")", R"("role":"member","role":"operator")"), flat);
  EXPECT_EQ(verdict(R"("epoch":1)", R"("epoch":1,"x":{"y":{}})"), flat);
  for (const std::string& text :
       {std::string("null"), std::string("[]"), std::string("{"), claims_ + " {}",
        claims_ + std::string(1, '\0'), std::string("\xff\xfe")})
    EXPECT_EQ(house_.verdict(house_.sign(text)), flat) << text;
}

TEST_F(AccessToken, WithoutAKeyNoneIsMadeAndNoneHolds) {
  house_.keys.load({}, crypto::Sealer(crypto::SealingKeys::make(house_.random), "x")).value();
  EXPECT_EQ(house_.tokens.issue(house_.account, "f", house_.clock.wall()).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(house_.verdict(token_), kNoKey);
}

TEST_F(AccessToken, MoreThanAreRememberedAreCheckedAnew) {
  std::vector<std::string> many;
  TokenHouse house(crypto::JwsAlgorithm::kHs256);
  for (int i = 0; i < 10'000; ++i) many.push_back(house.issue());
  for (int round = 0; round < 2; ++round) {
    for (const auto& token : many) ASSERT_EQ(house.verdict(token), "");
  }
}

TEST_F(AccessToken, IsCheckedByManyThreadsWhileKeysChange) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 300; ++round) wrong += house_.verdict(token_).empty() ? 0 : 1;
    });
  }
  for (int i = 0; i < 20; ++i) house_.rotate();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(TokenKeys, ShowTheirPublicHalvesAlone) {
  TokenHouse house;
  house.rotate();
  const auto now = house.clock.wall();
  const auto json = house.keys.ring()->public_keys_json(now);
  const auto kid = house.keys.ring()->signing()->kid;
  EXPECT_TRUE(json.starts_with(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":")")) << json;
  EXPECT_NE(json.find(R"("kid":")" + kid + R"(","use":"sig","alg":"EdDSA"})"), std::string::npos);
  EXPECT_EQ(json.find("\"d\""), std::string::npos);
  const auto after = house.keys.ring()->public_keys_json(now + minutes(20));
  EXPECT_LT(after.size(), json.size()) << "the one before is accepted no more";
  EXPECT_EQ(TokenHouse(crypto::JwsAlgorithm::kHs256).keys.ring()->public_keys_json(now),
            R"({"keys":[]})");
}

TEST(TokenKeys, OfAnotherStoreKeyAreLeftOut) {
  TokenHouse house;
  const crypto::Sealer own(crypto::SealingKeys::make(house.random), "token keys");
  const crypto::Sealer other(crypto::SealingKeys::make(house.random), "token keys");
  const auto key_sealed_by = [&](const crypto::Sealer& sealer) {
    return make_rotation(crypto::JwsAlgorithm::kEdDsa, false, sealer, house.clock.wall(),
                         house.random)
        .fresh;
  };
  const auto foreign = key_sealed_by(other);
  const auto known = key_sealed_by(own);
  const auto loaded = house.keys.load({foreign, known}, own);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().log_message.find(foreign.kid), std::string::npos);
  EXPECT_NE(loaded.error().log_message.find("gatehouse keys rotate --now"), std::string::npos);
  EXPECT_EQ(house.keys.ring()->signing()->kid, known.kid);
}

}  // namespace
}  // namespace gatehouse::identity
