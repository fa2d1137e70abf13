#include "gatehouse/guard/places.hpp"

#include <algorithm>

#include "gatehouse/base/hash.hpp"

namespace gatehouse::guard {

void Place::give_back() {
  Places* const places = std::exchange(places_, nullptr);
  if (places == nullptr) return;
  for (const std::uint64_t key : keys_) places->remove(key);
}

template <typename Subject>
std::uint64_t Places::key_of(Kind kind, const Subject& subject, std::uint64_t dimension) const {
  const auto what = static_cast<std::uint64_t>(kind) * 256 + dimension;
  return std::max<std::uint64_t>(keyed_hash(subject, seed_, what), 1);
}

bool Places::add(std::uint64_t key, std::uint32_t most) {
  Shard& shard = shards_[key % shards_.size()];
  const std::lock_guard lock(shard.mutex);
  std::uint32_t& taken = shard.taken[key];
  if (taken >= most) return false;
  ++taken;
  return true;
}

void Places::remove(std::uint64_t key) {
  if (key == 0) return;
  Shard& shard = shards_[key % shards_.size()];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.taken.find(key);
  if (found != shard.taken.end() && --found->second == 0) shard.taken.erase(found);
}

std::optional<Place> Places::take(Kind kind, const Principal& principal, const IpPrefix& prefix) {
  constexpr std::uint64_t kPrefixDimension = 0;  // principals come after it
  const std::uint64_t own_dimension = 1 + static_cast<std::uint64_t>(principal.kind);
  const std::uint64_t own = principal.id.empty() ? key_of(kind, prefix, own_dimension)
                                                 : key_of(kind, principal.id, own_dimension);
  const bool is_stream = kind == Kind::kStream;
  // Behind a key stands a program that serves many people.
  const std::uint32_t people = principal.kind == Principal::Kind::kApiKey ? kPeoplePerKey : 1;
  const std::uint32_t most =
      people * (is_stream ? settings_.streams_per_principal : settings_.answers_per_principal);
  if (!add(own, most)) return std::nullopt;
  Place place(this, {own, 0});
  if (!is_stream) return place;
  const std::uint64_t shared = key_of(kind, prefix, kPrefixDimension);
  if (!add(shared, settings_.streams_per_prefix)) return std::nullopt;
  place.keys_[1] = shared;
  return place;
}

}  // namespace gatehouse::guard
