// How much of a thing somebody may have at the same time.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/principal.hpp"

namespace gatehouse::guard {

class Places;

// What is had, until this goes. Empty where nothing was counted. Goes on any thread, before its
// Places do.
class [[nodiscard]] Place {
 public:
  Place() = default;
  Place(Place&& other) noexcept
      : places_(std::exchange(other.places_, nullptr)), keys_(other.keys_) {}
  Place& operator=(Place&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    places_ = std::exchange(other.places_, nullptr);
    keys_ = other.keys_;
    return *this;
  }
  ~Place() { give_back(); }

 private:
  friend class Places;
  using Keys = std::array<std::uint64_t, 2>;
  Place(Places* places, const Keys& keys) : places_(places), keys_(keys) {}
  void give_back();

  Places* places_ = nullptr;
  Keys keys_{};  // 0: not counted
};

// Counts open streams and answers that run, per principal and per prefix, over all workers. Holds
// only what is open, so it is as large as that. Safe from any thread.
class Places {
 public:
  enum class Kind : std::uint8_t { kStream, kAnswer };
  static constexpr std::uint32_t kPeoplePerKey = 16;
  struct Settings {
    std::uint32_t streams_per_principal = 16;
    std::uint32_t streams_per_prefix = 128;
    std::uint32_t answers_per_principal = 8;
  };

  Places(const Settings& settings, std::uint64_t seed) : settings_(settings), seed_(seed) {}

  // Nothing when one of them has as many as it may. Who has no name counts as its prefix.
  std::optional<Place> take(Kind kind, const Principal& principal, const IpPrefix& prefix);

 private:
  friend class Place;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, std::uint32_t> taken;
  };
  bool add(std::uint64_t key, std::uint32_t most);
  void remove(std::uint64_t key);
  template <typename Subject>
  std::uint64_t key_of(Kind kind, const Subject& subject, std::uint64_t dimension) const;

  const Settings settings_;
  const std::uint64_t seed_;
  std::array<Shard, 16> shards_;
};

}  // namespace gatehouse::guard
