// Sixteen cache lines that share a lock: a header, the first hits of strangers, and lines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rate_cell.hpp"

namespace gatehouse::store::memory {

// Who asks for a line. Ways are kept back, so that strangers, who can be made up without end, can
// fill neither the lines of the parents who then answer for them, nor those of known principals.
enum class Standing : std::uint8_t { kStranger, kParent, kKnown };

inline constexpr std::size_t kWays = 12;
inline constexpr std::size_t kWaysForStrangers = 8;
inline constexpr std::size_t kWaysForParents = 10;
inline constexpr std::size_t kFirstHits = 12;

// What a key is in here: its set, its tag and its window. Two keys equal in all three share their
// counts wherever these are kept, so a collision (2^-48, and never by design of an outsider, who
// lacks the seed) may refuse early and never admits more.
struct RateIdentity {
  std::uint32_t tag;
  std::uint32_t window_s;
  Standing standing;
};

// Valid when all bytes are zero. Every member function is called with the lock held.
struct alignas(1024) RateSet {
  std::uint32_t lock;
  std::uint32_t spilled_until_s;  // until then a key without a line may have spent on its parent
  std::uint32_t full_until_s;     // before then no line for a stranger becomes free by itself
  std::uint32_t reserved;
  std::array<std::uint32_t, kWays> tags;
  std::array<FirstHit, kFirstHits> first_hits;
  std::array<RateCell, kWays> cells;

  // Where a key looks first, for it and for the prefetch.
  static std::size_t home_way(const RateIdentity& who) noexcept {
    return who.tag % ways_for(who.standing);
  }
  static std::size_t ways_for(Standing standing) noexcept {
    constexpr std::array kWaysFor = {kWaysForStrangers, kWaysForParents, kWays};
    return kWaysFor[static_cast<std::size_t>(standing)];
  }
  // Tells the processor which line will be wanted, when it isn't the one at home.
  void prefetch_cell(const RateIdentity& who) const noexcept;

  // The key's line as of now, or null.
  RateCell* find_cell(const RateIdentity& who, const SegmentClock& clock) noexcept {
    const std::size_t home = home_way(who);
    if (!is_at(home, who)) return find_cell_away(who, clock);
    cells[home].advance(clock.now());
    return &cells[home];
  }
  // The key's line as it was left, or null.
  RateCell* find_cell(const RateIdentity& who) noexcept;
  // A line made for the key, or null if there is no room for one of its standing.
  RateCell* make_cell(const RateIdentity& who, const SegmentClock& clock) noexcept;
  FirstHit* find_first_hit(const RateIdentity& who, const SegmentClock& clock) noexcept;
  // Of that very segment.
  FirstHit* find_first_hit(const RateIdentity& who, std::uint32_t segment) noexcept;
  FirstHit* make_first_hit(const RateIdentity& who, const SegmentClock& clock) noexcept;
  void release(RateCell& cell) noexcept;

  bool has_spilled(const SegmentClock& clock) const noexcept {
    return spilled_until_s != 0 && clock.now_ms() / 1000 <= spilled_until_s;
  }
  // A key of this set was charged to its parent, whose newest segment took it.
  void note_spill(const SegmentClock& clock, std::uint32_t segment) noexcept;

 private:
  bool is_at(std::size_t way, const RateIdentity& who) const noexcept {
    return tags[way] == who.tag && cells[way].window_s() == who.window_s;
  }
  RateCell* find_cell_away(const RateIdentity& who, const SegmentClock& clock) noexcept;
};
static_assert(sizeof(RateSet) == 1024);

// Keys are hashes already; this keeps a caller with plain numbers from filling one set only.
inline std::uint64_t spread(std::uint64_t key) noexcept {
  key *= 0x9E3779B97F4A7C15;
  return key ^ (key >> 32);
}

inline RateSet& set_of(std::span<RateSet> sets, std::uint64_t spread_key) noexcept {
  return sets[((spread_key >> 32) * sets.size()) >> 32];
}

}  // namespace gatehouse::store::memory
