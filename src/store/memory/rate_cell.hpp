// The memory of the rate table: what one key and window have spent, to the sixteenth of a window.
// All of it is zero pages at first, so all-zero means "free"; the lock of its set guards each part.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace gatehouse::store::memory {

// A window is cut into 16 segments. The running one and the 16 before it always cover the window
// and never more than 17/16 of it: hence 17 counters.
inline constexpr std::uint32_t kCountedSegments = 17;

inline constexpr std::uint32_t kMaxCount = (1U << 24) - 1;

// A count of which `reserved` turns out to be `cost`: never below nothing, never above `most`.
inline std::uint32_t settled(std::uint32_t count, std::uint32_t reserved, std::uint32_t cost,
                             std::uint32_t most) noexcept {
  return cost < reserved ? count - std::min(count, reserved - cost)
                         : count + std::min(most - count, cost - reserved);
}

// The clock in segments of one window.
class SegmentClock {
 public:
  SegmentClock() = default;
  SegmentClock(std::uint64_t now_ms, std::uint32_t window_s) noexcept
      : now_ms_(now_ms),
        twice_segment_ms_(std::uint64_t{window_s} * 125),
        now_(now_ms * 2 / twice_segment_ms_) {}  // window_s * 1000 / 16 = 62.5 ms * window_s

  std::uint32_t now() const noexcept { return static_cast<std::uint32_t>(now_); }
  std::uint64_t now_ms() const noexcept { return now_ms_; }
  bool is_counted(std::uint32_t segment) const noexcept {
    return static_cast<std::int32_t>(now() - segment) < std::int32_t{kCountedSegments};
  }
  // The first millisecond in which `segment` is no longer counted.
  std::uint64_t leaves_at_ms(std::uint32_t segment) const noexcept {
    const std::uint64_t ahead = kCountedSegments + now_;
    const std::uint64_t left = ahead - static_cast<std::uint64_t>(behind(segment));
    return (left * twice_segment_ms_ + 1) / 2;
  }

 private:
  std::int64_t behind(std::uint32_t segment) const noexcept {
    return static_cast<std::int32_t>(now() - segment);
  }
  std::uint64_t now_ms_;
  std::uint64_t twice_segment_ms_;
  std::uint64_t now_;
};

// One line. Counters sit in a ring by segment modulo 17; one whose bit in `occupied_` is clear is
// zero, whatever its bytes say, so forgetting costs nothing.
class RateCell {
 public:
  std::uint32_t window_s() const noexcept { return static_cast<std::uint32_t>(window_s_); }
  std::uint32_t total() const noexcept { return static_cast<std::uint32_t>(total_); }

  // Makes the line a fresh one of this window.
  void begin(std::uint32_t window_s, std::uint32_t segment) noexcept {
    window_s_ = window_s;
    total_ = 0;
    occupied_ = 0;
    newest_ = segment;
  }
  void release() noexcept { std::memset(this, 0, sizeof *this); }

  // Moves on to `segment`, forgetting what is then out of the window. A line never moves back: who
  // comes with an older clock is counted with the newest.
  void advance(std::uint32_t segment) noexcept {
    const auto ahead = static_cast<std::int32_t>(segment - newest_);
    if (ahead <= 0) return;
    for (auto left = static_cast<std::uint32_t>(occupied_ & passed_by(ahead)); left != 0;
         left &= left - 1) {
      total_ = total() - count_at(static_cast<std::uint32_t>(std::countr_zero(left)));
    }
    occupied_ = occupied_ & ~passed_by(ahead);
    newest_ = segment;
  }

  void add(std::uint32_t cost) noexcept { add_in_ring(newest_ % kCountedSegments, cost); }
  // For a hit of the past that is still counted.
  void add_at(std::uint32_t segment, std::uint32_t cost) noexcept {
    advance(segment);
    add_in_ring(segment % kCountedSegments, cost);
  }

  // Sets right what was counted in `segment`, unless that has left the window.
  void settle(std::uint32_t segment, std::uint32_t reserved, std::uint32_t cost) noexcept {
    if (newest_ - segment >= kCountedSegments) return;
    const std::uint32_t slot = segment % kCountedSegments;
    const std::uint32_t before = held_in(slot);
    const std::uint32_t room = kMaxCount - total();
    const std::uint32_t after = settled(before, reserved, cost, before + room);
    put(slot, after);
    total_ = total() - before + after;
  }

  // When somebody last asked for the line, admitted or not. It is free when that has left the
  // window: so a client who keeps knocking keeps its line, and all its counts are gone by then.
  std::uint32_t newest() const noexcept { return newest_; }
  // The oldest segment that holds anything; the newest, if none does.
  std::uint32_t oldest() const noexcept {
    return total_ == 0 ? newest_ : nth_from_oldest(from_oldest());
  }
  // The last segment that has to leave until `amount` of the total is gone; `amount` ≤ total().
  std::uint32_t last_to_leave(std::uint32_t amount) const noexcept {
    std::uint32_t left = from_oldest();
    for (std::uint32_t gone = 0; left != 0; left &= left - 1) {
      gone += count_at((oldest_slot() + static_cast<std::uint32_t>(std::countr_zero(left))) %
                       kCountedSegments);
      if (gone >= amount) return nth_from_oldest(left);
    }
    return newest_;
  }

 private:
  static constexpr std::uint32_t kAll = (1U << kCountedSegments) - 1;

  std::uint32_t oldest_slot() const noexcept { return (newest_ + 1) % kCountedSegments; }
  // The occupied counters with the oldest in bit 0 and the newest in bit 16.
  std::uint32_t from_oldest() const noexcept {
    return rotate(static_cast<std::uint32_t>(occupied_), kCountedSegments - oldest_slot());
  }
  std::uint32_t nth_from_oldest(std::uint32_t held) const noexcept {
    return newest_ - (kCountedSegments - 1) + static_cast<std::uint32_t>(std::countr_zero(held));
  }
  static std::uint32_t rotate(std::uint32_t bits, std::uint32_t up) noexcept {
    return ((bits << up) | (bits >> (kCountedSegments - up))) & kAll;
  }
  // The counters that `ahead` segments of time empty for themselves.
  std::uint32_t passed_by(std::int32_t ahead) const noexcept {
    if (ahead >= std::int32_t{kCountedSegments}) return kAll;
    return rotate((1U << ahead) - 1, oldest_slot());
  }

  std::uint32_t count_at(std::uint32_t slot) const noexcept {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, counts_.data() + 3 * slot, sizeof bytes);
    return bytes & 0xFFFFFF;
  }
  std::uint32_t held_in(std::uint32_t slot) const noexcept {
    return (occupied_ & (1U << slot)) != 0 ? count_at(slot) : 0;
  }
  void put(std::uint32_t slot, std::uint32_t count) noexcept {
    std::memcpy(counts_.data() + 3 * slot, &count, 3);
    const std::uint32_t bit = 1U << slot;
    occupied_ = count != 0 ? occupied_ | bit : occupied_ & ~bit;
  }
  // The caller has checked the new total against a limit of at most 24 bits.
  void add_in_ring(std::uint32_t slot, std::uint32_t cost) noexcept {
    if (cost == 0) return;
    put(slot, held_in(slot) + cost);
    total_ = total() + cost;
  }

  std::uint64_t total_ : 24;
  std::uint64_t occupied_ : kCountedSegments;
  std::uint64_t window_s_ : 23;                                // 0: never used
  std::uint32_t newest_;                                       // segment, modulo 2^32
  std::array<std::uint8_t, 3 * kCountedSegments + 1> counts_;  // one more, to read 4 bytes at once
};
static_assert(sizeof(RateCell) == 64 && std::endian::native == std::endian::little);

// A line in a quarter of the space: the one hit of a stranger.
struct FirstHit {
  std::uint32_t tag;
  std::uint32_t window_s;  // 0: free
  std::uint32_t segment;
  std::uint32_t cost;  // 0: only while the decision that took it goes on
};
static_assert(sizeof(FirstHit) == 16);

}  // namespace gatehouse::store::memory
