#include "rate_set.hpp"

#include <algorithm>

namespace gatehouse::store::memory {
namespace {

// The clock of another key's window; a division less where it is the same.
SegmentClock clock_of(std::uint32_t window_s, const RateIdentity& who,
                      const SegmentClock& clock) noexcept {
  return window_s == who.window_s ? clock : SegmentClock(clock.now_ms(), window_s);
}

}  // namespace

void RateSet::prefetch_cell(const RateIdentity& who) const noexcept {
  if (tags[home_way(who)] == who.tag) return;
  for (std::size_t way = 0; way < kWays; ++way) {
    if (tags[way] == who.tag) return __builtin_prefetch(&cells[way], 1);
  }
}

RateCell* RateSet::find_cell(const RateIdentity& who) noexcept {
  for (std::size_t way = 0; way < kWays; ++way) {
    if (is_at(way, who)) return &cells[way];
  }
  return nullptr;
}

RateCell* RateSet::find_cell_away(const RateIdentity& who, const SegmentClock& clock) noexcept {
  RateCell* cell = find_cell(who);
  if (cell != nullptr) cell->advance(clock.now());
  return cell;
}

RateCell* RateSet::make_cell(const RateIdentity& who, const SegmentClock& clock) noexcept {
  const bool is_stranger = who.standing == Standing::kStranger;
  if (is_stranger && clock.now_ms() / 1000 < full_until_s) return nullptr;
  const std::size_t ways = ways_for(who.standing);
  const std::size_t home = home_way(who);
  std::uint64_t first_free_ms = UINT64_MAX;
  for (std::size_t i = 0; i < ways; ++i) {
    const std::size_t way = home + i < ways ? home + i : home + i - ways;
    RateCell& cell = cells[way];
    if (cell.window_s() != 0) {
      const SegmentClock its_clock = clock_of(cell.window_s(), who, clock);
      if (its_clock.is_counted(cell.newest())) {
        first_free_ms = std::min(first_free_ms, its_clock.leaves_at_ms(cell.newest()));
        continue;
      }
    }
    tags[way] = who.tag;
    cell.begin(who.window_s, clock.now());
    return &cell;
  }
  // Remembered, so that a flood that finds no room doesn't read all the lines each time.
  if (is_stranger) full_until_s = static_cast<std::uint32_t>(first_free_ms / 1000);
  return nullptr;
}

FirstHit* RateSet::find_first_hit(const RateIdentity& who, const SegmentClock& clock) noexcept {
  const auto is_its = [&](const FirstHit& hit) {
    return hit.tag == who.tag && hit.window_s == who.window_s && clock.is_counted(hit.segment);
  };
  const auto found = std::ranges::find_if(first_hits, is_its);
  return found == first_hits.end() ? nullptr : &*found;
}

FirstHit* RateSet::find_first_hit(const RateIdentity& who, std::uint32_t segment) noexcept {
  const auto is_its = [&](const FirstHit& hit) {
    return hit.tag == who.tag && hit.window_s == who.window_s && hit.segment == segment;
  };
  const auto found = std::ranges::find_if(first_hits, is_its);
  return found == first_hits.end() ? nullptr : &*found;
}

FirstHit* RateSet::make_first_hit(const RateIdentity& who, const SegmentClock& clock) noexcept {
  for (FirstHit& hit : first_hits) {
    const bool is_free =
        hit.window_s == 0 || !clock_of(hit.window_s, who, clock).is_counted(hit.segment);
    if (!is_free) continue;
    hit = {.tag = who.tag, .window_s = who.window_s, .segment = clock.now(), .cost = 0};
    return &hit;
  }
  return nullptr;
}

void RateSet::release(RateCell& cell) noexcept {
  tags[static_cast<std::size_t>(&cell - cells.data())] = 0;
  cell.release();
  full_until_s = 0;
}

void RateSet::note_spill(const SegmentClock& clock, std::uint32_t segment) noexcept {
  const auto until_s = static_cast<std::uint32_t>(clock.leaves_at_ms(segment) / 1000);
  spilled_until_s = std::max(spilled_until_s, until_s);
}

}  // namespace gatehouse::store::memory
