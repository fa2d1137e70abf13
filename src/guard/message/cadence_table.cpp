#include "gatehouse/guard/cadence_table.hpp"

#include <algorithm>

#include "gatehouse/base/hash.hpp"
#include "spin_lock.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::int64_t kPauseMs = 15 * 60 * 1000;  // after that a new row begins
constexpr std::uint32_t kLeastSteadyMs = 250;  // below, the clock of a busy machine is too coarse

}  // namespace

CadenceTable::CadenceTable(std::uint64_t seed)
    : seed_(seed), lines_(std::make_unique<Line[]>(kLines)) {}

std::uint64_t CadenceTable::key_of(std::string_view sender) const {
  return keyed_hash(sender, seed_, 2);
}

void CadenceTable::begin(Line& line, std::uint64_t key) {
  line.owes_work = false;
  line.gap_count = 0;
  line.next = 0;
  line.fast = 0;
  line.sender = key;
  line.last_ms = 0;
}

bool CadenceTable::is_steady(const Line& line) {
  if (line.gap_count < kGaps) return false;
  const auto [least, most] = std::ranges::minmax(line.gaps_ms);
  return least >= kLeastSteadyMs && (most - least) * 100ULL <= most * std::uint64_t{kSteadyPercent};
}

Cadence CadenceTable::add(std::string_view sender, std::uint64_t characters, TimePoint now) {
  const std::int64_t now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const std::uint64_t key = key_of(sender);
  auto& line = lines_[key % kLines];
  const SpinLock lock(line.lock);
  const bool goes_on = line.sender == key && line.last_ms != 0 && now_ms - line.last_ms < kPauseMs;
  if (!goes_on) {
    const bool owes_work = line.sender == key && line.owes_work;
    begin(line, key);
    line.owes_work = owes_work;
    line.last_ms = now_ms;
    return Cadence::kNatural;
  }
  const auto gap_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(now_ms - line.last_ms, 0));
  line.last_ms = now_ms;
  line.gaps_ms[line.next] = gap_ms;
  line.next = static_cast<std::uint8_t>((line.next + 1U) % kGaps);
  line.gap_count = static_cast<std::uint8_t>(std::min<std::size_t>(line.gap_count + 1U, kGaps));
  if (characters >= kLeastTyped && characters <= kMostTyped) {
    const bool is_fast = characters * 1000 > std::uint64_t{gap_ms} * kCharactersPerSecond;
    line.fast = is_fast ? static_cast<std::uint8_t>(std::min(line.fast + 1U, kFastRow)) : 0;
  }
  if (line.fast >= kFastRow) return Cadence::kFast;
  return is_steady(line) ? Cadence::kSteady : Cadence::kNatural;
}

void CadenceTable::ask_for_work(std::string_view sender) {
  const std::uint64_t key = key_of(sender);
  auto& line = lines_[key % kLines];
  const SpinLock lock(line.lock);
  if (line.sender == key) line.owes_work = true;
}

bool CadenceTable::owes_work(std::string_view sender) const {
  const std::uint64_t key = key_of(sender);
  auto& line = lines_[key % kLines];
  const SpinLock lock(line.lock);
  return line.sender == key && line.owes_work;
}

void CadenceTable::settle(std::string_view sender) {
  const std::uint64_t key = key_of(sender);
  auto& line = lines_[key % kLines];
  const SpinLock lock(line.lock);
  if (line.sender == key) begin(line, key);
}

}  // namespace gatehouse::guard
