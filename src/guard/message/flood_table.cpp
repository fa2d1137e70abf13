#include "gatehouse/guard/flood_table.hpp"

#include <algorithm>
#include <bit>

#include "gatehouse/base/hash.hpp"
#include "spin_lock.hpp"

namespace gatehouse::guard {
namespace {

constexpr int kNearBits = 3;
constexpr std::uint32_t kOwnWindowSeconds = 60;
constexpr std::uint32_t kSendersWindowSeconds = 600;

bool is_near(std::uint64_t a, std::uint64_t b) { return std::popcount(a ^ b) <= kNearBits; }

}  // namespace

FloodTable::FloodTable(std::uint64_t seed)
    : seed_(seed),
      senders_(std::make_unique<SenderLine[]>(kSenders)),
      buckets_(std::make_unique<Bucket[]>(kBands * kBuckets)) {}

FloodCounts FloodTable::add(std::string_view sender, std::uint64_t similarity, TimePoint now) {
  const auto now_s = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() + 1);
  const std::uint64_t key = keyed_hash(sender, seed_, 0);
  // Each line is somewhere else in memory: they are fetched together.
  for (std::size_t band = 0; band < kBands; ++band)
    __builtin_prefetch(&bucket_of(band, similarity), 1);
  FloodCounts counts{.own = count_own(key, similarity, now_s)};
  for (std::size_t band = 0; band < kBands; ++band)
    counts.senders = std::max(counts.senders,
                              count_senders(bucket_of(band, similarity), key, similarity, now_s));
  return counts;
}

FloodTable::Bucket& FloodTable::bucket_of(std::size_t band, std::uint64_t similarity) const {
  const auto bits = static_cast<std::size_t>((similarity >> (16 * band)) & 0xFFFF);
  return buckets_[band * kBuckets + bits % kBuckets];
}

std::uint32_t FloodTable::count_own(std::uint64_t sender, std::uint64_t similarity,
                                    std::uint32_t now_s) {
  auto& line = senders_[sender % kSenders];
  const SpinLock lock(line.lock);
  if (line.sender != sender) {
    line.sender = sender;
    std::ranges::fill(line.kept, Kept{});
  }
  const auto count = std::ranges::count_if(line.kept, [&](const Kept& kept) {
    return kept.at_s != 0 && now_s - kept.at_s < kOwnWindowSeconds &&
           is_near(kept.similarity, similarity);
  });
  line.kept[line.next] = {similarity, now_s};
  line.next = static_cast<std::uint8_t>((line.next + 1U) % kKept);
  return static_cast<std::uint32_t>(count);
}

std::uint32_t FloodTable::count_senders(Bucket& bucket, std::uint64_t sender,
                                        std::uint64_t similarity, std::uint32_t now_s) {
  const auto tag = static_cast<std::uint32_t>(sender >> 32);
  const SpinLock lock(bucket.lock);
  for (auto& entry : bucket.entries) {
    const bool is_current = entry.start_s != 0 && now_s - entry.start_s < kSendersWindowSeconds;
    if (!is_current || !is_near(entry.similarity, similarity)) continue;
    if (entry.last_sender != tag) {
      entry.last_sender = tag;
      ++entry.senders;
    }
    return entry.senders;
  }
  auto& oldest = *std::ranges::min_element(bucket.entries, {}, &Entry::start_s);
  oldest = {similarity, now_s, tag, 0};
  return 0;
}

}  // namespace gatehouse::guard
