// For tests and benches: a house that makes access tokens, and hands out what only it has.
#pragma once

#include <string>

#include "gatehouse/identity/access_tokens.hpp"

namespace gatehouse::identity::testing {

class TokenHouse {
 public:
  explicit TokenHouse(crypto::JwsAlgorithm algorithm = crypto::JwsAlgorithm::kEdDsa)
      : stored_{make_rotation(algorithm, false, sealer_, clock.wall(), random).fresh} {
    keys.load(stored_, sealer_).value();
    live.add({.id = kFamily, .account_id = account.id, .epoch = account.epoch});
  }

  std::string issue() {
    return std::string(
        tokens.issue(account, kFamily, clock.wall() + std::chrono::days(30))->token.reveal());
  }
  // As the house does, with claims of one's own.
  std::string sign(std::string_view claims_json) const {
    const auto ring = keys.ring();
    return ring->signing()->key.sign(ring->signing()->header_json, claims_json);
  }
  // Why it is refused; empty: it isn't.
  std::string verdict(std::string_view token) const {
    const auto verified = tokens.verify(token);
    return verified ? std::string() : verified.error().log_message;
  }
  void rotate(bool ends_all = false) {
    auto rotation =
        make_rotation(crypto::JwsAlgorithm::kEdDsa, ends_all, sealer_, clock.wall(), random);
    if (ends_all) stored_.clear();
    for (auto& each : stored_) {
      if (!each.accepted_until) each.accepted_until = rotation.others_until;
    }
    stored_.insert(stored_.begin(), std::move(rotation.fresh));
    keys.load(stored_, sealer_).value();
  }

  static constexpr const char* kFamily = "0199a1b2-0000-7000-8000-0000000000fa";
  FakeClock clock;
  SecureRandom random;
  Account account{
      .id = "0199a1b2-0000-7000-8000-00000000000a", .name = "anna", .role = Role::kOperator};

 private:
  const crypto::Sealer sealer_{crypto::SealingKeys::make(random), "token keys"};
  std::vector<StoredTokenKey> stored_;

 public:
  TokenKeys keys;
  LiveFamilies live;
  AccessTokens tokens{clock, random, keys, live, {.issuer = "https://chat.example.com"}};
};

}  // namespace gatehouse::identity::testing
