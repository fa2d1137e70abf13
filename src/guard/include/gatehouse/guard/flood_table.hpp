// Who says nearly the same again and again, and what many say at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::guard {

struct FloodCounts {
  std::uint32_t own = 0;      // near-duplicates among the sender's last 8 messages of a minute
  std::uint32_t senders = 0;  // others in turn with a near-duplicate within ten minutes
};

// Remembers messages by the similarity hash of their words; two are near-duplicates if their hashes
// differ in at most 3 bits of 64, so that one of four bands of 16 bits is the same. Memory is fixed
// (under 1 MB): what finds no room pushes out what is oldest. One for all workers; each line has a
// spin lock that is held for a few cache lines.
class FloodTable {
 public:
  explicit FloodTable(std::uint64_t seed);
  FloodTable(const FloodTable&) = delete;
  FloodTable& operator=(const FloodTable&) = delete;

  // Notes the message and tells what was like it before.
  FloodCounts add(std::string_view sender, std::uint64_t similarity, TimePoint now);

 private:
  static constexpr std::size_t kSenders = 4096;
  static constexpr std::size_t kKept = 8;
  static constexpr std::size_t kBands = 4;
  static constexpr std::size_t kBuckets = 1024;
  static constexpr std::size_t kEntries = 4;

  struct Kept {
    std::uint64_t similarity = 0;
    std::uint32_t at_s = 0;
  };
  struct SenderLine {
    std::atomic_flag lock;
    std::uint8_t next = 0;
    std::uint64_t sender = 0;
    Kept kept[kKept];
  };
  struct Entry {
    std::uint64_t similarity = 0;
    std::uint32_t start_s = 0;
    std::uint32_t last_sender = 0;
    std::uint32_t senders = 0;
  };
  struct Bucket {
    std::atomic_flag lock;
    Entry entries[kEntries];
  };

  std::uint32_t count_own(std::uint64_t sender, std::uint64_t similarity, std::uint32_t now_s);
  Bucket& bucket_of(std::size_t band, std::uint64_t similarity) const;
  static std::uint32_t count_senders(Bucket& bucket, std::uint64_t sender, std::uint64_t similarity,
                                     std::uint32_t now_s);

  const std::uint64_t seed_;
  std::unique_ptr<SenderLine[]> senders_;
  std::unique_ptr<Bucket[]> buckets_;
};

}  // namespace gatehouse::guard
