// For tests: refresh families and token keys in memory.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gatehouse/identity/testing/token_store.hpp"

namespace gatehouse::identity::testing {

// One thread at a time.
class MemoryTokenStore final : public TokenStoreUnderTest,
                               public RefreshFamilyStore,
                               public TokenKeyStore {
 public:
  RefreshFamilyStore& families() override { return *this; }
  TokenKeyStore& keys() override { return *this; }
  void add_account(const Account& account) override { accounts_[account.id] = account; }
  void change_password(const Account& account) override { end_all_of(account.id); }
  void disable(const Account& account) override {
    accounts_.at(account.id).is_disabled = true;
    end_all_of(account.id);
  }
  std::uint64_t epoch_of(const Account& account) override { return accounts_.at(account.id).epoch; }
  std::vector<std::string> recorded() override { return recorded_; }

  async::Task<Result<std::vector<std::string>>> add(async::Worker&, RefreshFamily family,
                                                    std::uint64_t account_epoch,
                                                    std::uint32_t per_account,
                                                    audit::Event event) override {
    const auto account = accounts_.find(family.account_id);
    if (account == accounts_.end() || account->second.is_disabled ||
        account->second.epoch != account_epoch)
      co_return fail(ErrorCode::kConflict, "The account has changed. Sign in again.");
    std::vector<std::string> ended;
    auto others = families_of(family.site, family.account_id);
    std::ranges::sort(others, {}, &RefreshFamily::refreshed_at);
    for (std::size_t left = others.size(), at = 0; left >= per_account; --left, ++at)
      ended.push_back(others[at].id);
    for (const auto& id : ended) families_.erase({family.site, id});
    const Key key{family.site, family.id};
    families_.emplace(key, std::move(family));
    recorded_.push_back(event.action);
    co_return ended;
  }

  async::Task<Result<std::optional<FoundFamily>>> find(async::Worker&, std::string site,
                                                       std::string id) override {
    const auto found = families_.find({site, id});
    if (found == families_.end()) co_return std::nullopt;
    co_return FoundFamily{.family = found->second,
                          .account = accounts_.at(found->second.account_id)};
  }

  async::Task<Result<bool>> advance(async::Worker&, std::string site, std::string id,
                                    std::uint64_t from, TokenClient client, WallTime now) override {
    const auto found = families_.find({site, id});
    if (found == families_.end() || found->second.generation != from) co_return false;
    found->second.generation += 1;
    found->second.refreshed_at = now;
    found->second.client = std::move(client);
    co_return true;
  }

  async::Task<Result<bool>> end(async::Worker&, std::string site, std::string id,
                                audit::Event event) override {
    const bool was_there = families_.erase({site, id}) > 0;
    if (was_there) recorded_.push_back(event.action);
    co_return was_there;
  }

  async::Task<Result<std::vector<RefreshFamily>>> list(async::Worker&, std::string site,
                                                       std::string account_id) override {
    auto found = families_of(site, account_id);
    std::ranges::sort(found, std::ranges::greater(), &RefreshFamily::created_at);
    co_return found;
  }

  async::Task<Result<std::optional<std::vector<LiveFamily>>>> load_changed(
      async::Worker&, std::string site, bool is_asked_anyway) override {
    if (!is_asked_anyway) co_return std::nullopt;
    std::vector<LiveFamily> live;
    for (const auto& [key, each] : families_) {
      if (key.first == site)
        live.push_back({.id = each.id,
                        .account_id = each.account_id,
                        .epoch = accounts_.at(each.account_id).epoch});
    }
    co_return live;
  }

  async::Task<Result<std::vector<std::string>>> remove_expired(async::Worker&,
                                                               WallTime created_before,
                                                               WallTime refreshed_before) override {
    std::vector<std::string> removed;
    std::erase_if(families_, [&](const auto& each) {
      const bool is_old =
          each.second.created_at < created_before || each.second.refreshed_at < refreshed_before;
      if (is_old) removed.push_back(each.second.id);
      return is_old;
    });
    co_return removed;
  }

  async::Task<Result<std::vector<StoredTokenKey>>> list(async::Worker&, std::string site) override {
    auto found = keys_;
    std::erase_if(found, [&](const StoredTokenKey& each) { return each.site != site; });
    co_return found;
  }

  async::Task<Result<void>> rotate(async::Worker&, KeyRotation rotation,
                                   audit::Event event) override {
    const std::string site = rotation.fresh.site;
    if (rotation.ends_all) {
      std::erase_if(keys_, [&](const StoredTokenKey& each) { return each.site == site; });
      std::erase_if(families_, [&](const auto& each) { return each.first.first == site; });
      for (auto& [id, account] : accounts_) account.epoch += account.site == site ? 1 : 0;
    }
    for (auto& each : keys_) {
      if (each.site == site && !each.accepted_until) each.accepted_until = rotation.others_until;
    }
    keys_.insert(keys_.begin(), std::move(rotation.fresh));
    recorded_.push_back(event.action);
    co_return Result<void>();
  }

  async::Task<Result<std::optional<std::vector<StoredTokenKey>>>> load_changed(
      async::Worker&, std::string) override {
    co_return std::nullopt;
  }

  async::Task<Result<std::uint64_t>> remove_expired(async::Worker&, WallTime now) override {
    co_return std::erase_if(keys_,
                            [&](const StoredTokenKey& each) { return !each.is_accepted(now); });
  }

 private:
  using Key = std::pair<std::string, std::string>;  // site, id

  std::vector<RefreshFamily> families_of(const std::string& site, const std::string& account_id) {
    std::vector<RefreshFamily> found;
    for (const auto& [key, each] : families_)
      if (key.first == site && each.account_id == account_id) found.push_back(each);
    return found;
  }
  void end_all_of(const std::string& account_id) {
    accounts_.at(account_id).epoch += 1;
    std::erase_if(families_,
                  [&](const auto& each) { return each.second.account_id == account_id; });
  }

  std::map<std::string, Account> accounts_;
  std::map<Key, RefreshFamily> families_;
  std::vector<StoredTokenKey> keys_;
  std::vector<std::string> recorded_;
};

}  // namespace gatehouse::identity::testing
