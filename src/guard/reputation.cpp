#include "gatehouse/guard/reputation.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gatehouse::guard {
namespace {

constexpr double kHalfLifeSeconds = 30 * 60;
constexpr unsigned kScoreBits = 16;  // with 6 bits behind the point
constexpr unsigned kTimeBits = 26;   // seconds since the table was made: two years
constexpr double kUnit = 64;

// tag (22 bits) | time (26) | score (16); zero: empty
struct Cell {
  std::uint64_t tag;
  std::uint32_t time_s;
  double score;
};

Cell unpack(std::uint64_t bits) noexcept {
  return {.tag = bits >> (kScoreBits + kTimeBits),
          .time_s = static_cast<std::uint32_t>(bits >> kScoreBits & ((1U << kTimeBits) - 1)),
          .score = static_cast<double>(bits & ((1U << kScoreBits) - 1)) / kUnit};
}

std::uint64_t pack(const Cell& cell) noexcept {
  return cell.tag << (kScoreBits + kTimeBits) | std::uint64_t{cell.time_s} << kScoreBits |
         static_cast<std::uint64_t>(std::lround(cell.score * kUnit));
}

double decayed(const Cell& cell, std::uint32_t now_s) noexcept {
  if (now_s <= cell.time_s) return cell.score;
  return cell.score * std::exp2(-static_cast<double>(now_s - cell.time_s) / kHalfLifeSeconds);
}

// Never zero, so that a cell of a key is never an empty one.
std::uint64_t tag_of(std::uint64_t key) noexcept {
  return std::max<std::uint64_t>(key >> (kScoreBits + kTimeBits), 1);
}

}  // namespace

ReputationTable::ReputationTable(TimePoint start, std::size_t bytes)
    : start_(start),
      mask_(std::bit_floor(std::max(bytes / sizeof(Set), std::size_t{1})) - 1),
      sets_(std::make_unique<Set[]>(mask_ + 1)) {}

ReputationTable::Set& ReputationTable::set_of(std::uint64_t key) const noexcept {
  return sets_[key & mask_];
}

std::uint32_t ReputationTable::seconds(TimePoint now) const noexcept {
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - start_).count();
  return static_cast<std::uint32_t>(passed) & ((1U << kTimeBits) - 1);
}

bool ReputationTable::knows(std::uint64_t key) const noexcept {
  const std::uint64_t tag = tag_of(key);
  return std::ranges::any_of(set_of(key).cells, [tag](const auto& slot) {
    return unpack(slot.load(std::memory_order_relaxed)).tag == tag;
  });
}

unsigned ReputationTable::score(std::uint64_t key, TimePoint now) const noexcept {
  const std::uint64_t tag = tag_of(key);
  for (const auto& slot : set_of(key).cells) {
    const Cell cell = unpack(slot.load(std::memory_order_relaxed));
    if (cell.tag == tag) return static_cast<unsigned>(decayed(cell, seconds(now)));
  }
  return 0;
}

unsigned ReputationTable::add(std::uint64_t key, int points, TimePoint now) noexcept {
  const std::uint64_t tag = tag_of(key);
  const std::uint32_t now_s = seconds(now);
  auto& cells = set_of(key).cells;
  while (true) {
    std::size_t chosen = 0;
    std::uint64_t seen = 0;
    double lowest = kGreatest + 1;
    double score = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::uint64_t bits = cells[i].load(std::memory_order_relaxed);
      const Cell cell = unpack(bits);
      const bool is_own = cell.tag == tag;
      const double there = bits == 0 ? -1 : decayed(cell, now_s);
      if (!is_own && there >= lowest) continue;
      chosen = i;
      seen = bits;
      lowest = there;
      score = is_own ? there : 0;
      if (is_own) break;
    }
    score = std::clamp(score + points, 0.0, static_cast<double>(kGreatest));
    const std::uint64_t made = pack({.tag = tag, .time_s = now_s, .score = score});
    if (cells[chosen].compare_exchange_weak(seen, made, std::memory_order_relaxed))
      return static_cast<unsigned>(score);
  }
}

}  // namespace gatehouse::guard
