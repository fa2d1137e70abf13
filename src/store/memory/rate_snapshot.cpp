// The lines of long windows as bytes, so that they outlive the process.
#include <cstring>

#include "gatehouse/store/memory/rate_table.hpp"
#include "rate_set.hpp"
#include "spin_lock.hpp"

namespace gatehouse::store::memory {
namespace {

constexpr std::uint64_t kMagic = 0x3130544152484721;  // changes whenever the form of a line does

struct Header {
  std::uint64_t magic;
  std::uint64_t set_count;
  guard::RateSeed seed;
};

enum class Kind : std::uint16_t { kLine, kFirstHit, kSpill };

struct Record {
  std::uint32_t set;
  Kind kind;
  std::uint16_t slot;
  std::uint32_t tag;
  std::array<std::uint8_t, sizeof(RateCell)> bytes;
};
static_assert(sizeof(Record) == 76);

struct Spill {
  std::uint32_t spilled_until_s;
  std::uint32_t full_until_s;
};

template <typename Value>
void append(std::string& out, const Value& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename Part>
void append_record(std::string& out, Record record, const Part& part) {
  static_assert(sizeof part <= sizeof record.bytes);
  record.bytes = {};
  std::memcpy(record.bytes.data(), &part, sizeof part);
  append(out, record);
}

template <typename Part>
Part part_of(const Record& record) {
  Part part;
  std::memcpy(&part, record.bytes.data(), sizeof part);
  return part;
}

void append_set(std::string& out, const RateSet& set, std::uint32_t index,
                std::uint32_t least_window_s) {
  bool has_lines = false;
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.cells[way].window_s() < least_window_s) continue;
    has_lines = true;
    append_record(out,
                  {.set = index,
                   .kind = Kind::kLine,
                   .slot = static_cast<std::uint16_t>(way),
                   .tag = set.tags[way],
                   .bytes = {}},
                  set.cells[way]);
  }
  for (std::size_t slot = 0; slot < kFirstHits; ++slot) {
    if (set.first_hits[slot].window_s < least_window_s) continue;
    has_lines = true;
    append_record(out,
                  {.set = index,
                   .kind = Kind::kFirstHit,
                   .slot = static_cast<std::uint16_t>(slot),
                   .tag = 0,
                   .bytes = {}},
                  set.first_hits[slot]);
  }
  if (!has_lines || set.spilled_until_s == 0) return;
  append_record(out, {.set = index, .kind = Kind::kSpill, .slot = 0, .tag = 0, .bytes = {}},
                Spill{set.spilled_until_s, set.full_until_s});
}

// Whether a line was used no later than now and not so long ago that it counts for nothing.
bool is_of_use(std::uint32_t window_s, std::uint32_t segment, std::uint64_t now_ms) {
  if (window_s == 0 || window_s > guard::kMaxRateWindowSeconds) return false;
  const SegmentClock clock(now_ms, window_s);
  const auto behind = static_cast<std::int32_t>(clock.now() - segment);
  // A wall clock that was set back makes lines of the future: they hold until it has caught up.
  return clock.is_counted(segment) && behind > -std::int32_t{kCountedSegments};
}

bool restore(RateSet& set, const Record& record, std::uint64_t now_ms) {
  if (record.kind == Kind::kLine && record.slot < kWays) {
    const auto cell = part_of<RateCell>(record);
    if (!is_of_use(cell.window_s(), cell.newest(), now_ms)) return false;
    set.tags[record.slot] = record.tag;
    set.cells[record.slot] = cell;
    return true;
  }
  if (record.kind == Kind::kFirstHit && record.slot < kFirstHits) {
    const auto hit = part_of<FirstHit>(record);
    if (!is_of_use(hit.window_s, hit.segment, now_ms)) return false;
    set.first_hits[record.slot] = hit;
    return true;
  }
  if (record.kind == Kind::kSpill) {
    const auto spill = part_of<Spill>(record);
    set.spilled_until_s = spill.spilled_until_s;
    set.full_until_s = spill.full_until_s;
  }
  return false;
}

}  // namespace

std::string RateTable::save(const guard::RateSeed& seed, std::uint32_t least_window_s) const {
  std::string out;
  append(out, Header{.magic = kMagic, .set_count = set_count_, .seed = seed});
  for (std::size_t i = 0; i < set_count_; ++i) {
    RateSet& set = sets_[i];
    lock_spinning(set.lock);
    append_set(out, set, static_cast<std::uint32_t>(i), least_window_s);
    unlock_spinning(set.lock);
  }
  return out;
}

std::optional<RateTable::Restored> RateTable::load(std::string_view saved, std::uint64_t now_ms) {
  Header header;
  if (saved.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, saved.data(), sizeof header);
  saved.remove_prefix(sizeof header);
  const bool fits = header.magic == kMagic && header.set_count == set_count_ &&
                    saved.size() % sizeof(Record) == 0;
  if (!fits) return std::nullopt;
  Restored restored{.seed = header.seed};
  for (; !saved.empty(); saved.remove_prefix(sizeof(Record))) {
    Record record;
    std::memcpy(&record, saved.data(), sizeof record);
    if (record.set >= set_count_) continue;
    if (restore(sets_[record.set], record, now_ms)) ++restored.lines;
  }
  return restored;
}

}  // namespace gatehouse::store::memory
