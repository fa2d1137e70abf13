#include "gatehouse/identity/live_families.hpp"

#include <algorithm>
#include <mutex>

namespace gatehouse::identity {

bool LiveFamilies::is_alive(std::string_view id, std::uint64_t epoch) const {
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(id);
  return found != entries_.end() && found->second.epoch == epoch;
}

bool LiveFamilies::has_family(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  return entries_.contains(id);
}

void LiveFamilies::add(LiveFamily family) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  const auto least = least_epochs_.find(family.account_id);
  if (least != least_epochs_.end() && family.epoch < least->second) return;
  entries_.insert_or_assign(std::move(family.id), Entry{.account_id = std::move(family.account_id),
                                                        .epoch = family.epoch});
}

void LiveFamilies::end(const std::vector<std::string>& ids) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  for (const auto& id : ids) entries_.erase(id);
}

void LiveFamilies::end_before(std::string_view account_id, std::uint64_t epoch) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  auto& least = least_epochs_[std::string(account_id)];
  least = std::max(least, epoch);
  std::erase_if(entries_, [&](const auto& each) {
    return each.second.account_id == account_id && each.second.epoch < epoch;
  });
}

std::uint64_t LiveFamilies::generation() const {
  const std::shared_lock lock(mutex_);
  return generation_;
}

bool LiveFamilies::load(std::vector<LiveFamily> families, std::uint64_t generation) {
  const std::unique_lock lock(mutex_);
  if (generation != generation_) return false;
  entries_.clear();
  for (auto& each : families) {
    entries_.emplace(std::move(each.id),
                     Entry{.account_id = std::move(each.account_id), .epoch = each.epoch});
  }
  return true;
}

std::uint64_t LiveFamilies::count() const {
  const std::shared_lock lock(mutex_);
  return entries_.size();
}

}  // namespace gatehouse::identity
