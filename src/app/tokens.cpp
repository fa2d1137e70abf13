// Tokens of clients that keep no cookies: their keys, and who has them.
#include "gatehouse/async/answer_of.hpp"
#include "house.hpp"
#include "key_files.hpp"

namespace gatehouse::app {
namespace {

using Keys = std::vector<identity::StoredTokenKey>;

// A key that can't be opened stops nobody: what it signed is gone in a quarter of an hour anyway.
Result<void> take_over_keys(House& house) {
  const auto keys = async::answer_of(
      [&](async::Worker& worker) { return house.token_key_store->list(worker, "default"); });
  if (!keys) return std::unexpected(keys.error());
  const auto used = use_token_keys(house, *keys);
  if (!used) house.log.error("TOKEN_KEYS_FAILED", used.error().for_log());
  return {};
}

Result<void> make_key(House& house, std::string why) {
  const WallTime now = house.clock.wall();
  auto rotation = identity::make_rotation(token_algorithm(house.settings), false,
                                          house.sealers->token_keys, now, house.random);
  audit::Event event{.at = now,
                     .action = std::string(audit::action::kKeysRotated),
                     .actor = "gatehouse",
                     .subject = "token_key:" + rotation.fresh.kid,
                     .detail = std::move(why)};
  return async::answer_of([&](async::Worker& worker) {
    return house.token_key_store->rotate(worker, std::move(rotation), std::move(event));
  });
}

Result<void> open_keys(House& house) {
  if (auto taken = take_over_keys(house); !taken) return taken;
  const auto ring = house.token_keys.ring();
  const auto* const key = ring->signing();
  if (key != nullptr && key->key.algorithm() == token_algorithm(house.settings)) return {};
  if (auto made = make_key(house, key == nullptr ? "none_usable" : "another_algorithm"); !made)
    return made;
  return take_over_keys(house);
}

}  // namespace

crypto::JwsAlgorithm token_algorithm(const settings::Settings& settings) {
  using Set = settings::AccountSettings::TokenAlgorithm;
  return settings.accounts.token_algorithm == Set::kHs256 ? crypto::JwsAlgorithm::kHs256
                                                          : crypto::JwsAlgorithm::kEdDsa;
}

Result<void> use_token_keys(House& house, const Keys& keys) {
  return house.token_keys.load(keys, house.sealers->token_keys);
}

Result<void> open_tokens(House& house) {
  house.token_key_store = std::make_unique<store::sqlite::TokenKeys>(*house.writer);
  if (auto opened = open_keys(house); !opened) return opened;
  house.refresh_family_store =
      std::make_unique<store::sqlite::RefreshFamilies>(*house.writer, *house.readers);
  auto live = async::answer_of([&](async::Worker& worker) {
    return house.refresh_family_store->load_changed(worker, "default", true);
  });
  if (!live) return std::unexpected(live.error());
  house.live_families.load(std::move(**live), house.live_families.generation());
  const auto& from = house.settings.accounts;
  house.refresh_families = std::make_unique<identity::RefreshFamilies>(
      *house.refresh_family_store, house.live_families, house.sealers->refresh_families,
      house.clock, house.random,
      identity::RefreshSettings{.lifetime = from.refresh_lifetime,
                                .idle_timeout = from.refresh_idle_timeout,
                                .per_account = from.tokens_max});
  return {};
}

}  // namespace gatehouse::app
