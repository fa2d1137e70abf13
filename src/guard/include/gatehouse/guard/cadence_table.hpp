// In what time somebody's messages come.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "gatehouse/base/clock.hpp"

namespace gatehouse::guard {

enum class Cadence : std::uint8_t {
  kNatural,
  kSteady,  // as evenly as nobody writes
  kFast,    // faster than anybody types
};

// Remembers when each sender's last messages came, and who owes a proof of work for it. Memory is
// fixed (256 KB): whoever finds a line taken begins it anew. One for all workers; each line has a
// spin lock that is held for that line only.
class CadenceTable {
 public:
  static constexpr std::size_t kGaps = 7;  // of eight messages
  static constexpr unsigned kSteadyPercent = 4;
  static constexpr unsigned kFastRow = 5;               // so many in a row
  static constexpr unsigned kCharactersPerSecond = 25;  // who types fastest reaches 15
  // Shorter ones are clicked or a word, longer ones pasted: they say nothing about typing.
  static constexpr std::uint64_t kLeastTyped = 20;
  static constexpr std::uint64_t kMostTyped = 500;

  explicit CadenceTable(std::uint64_t seed);
  CadenceTable(const CadenceTable&) = delete;
  CadenceTable& operator=(const CadenceTable&) = delete;

  // Notes a message of so many characters and tells what the last ones look like.
  Cadence add(std::string_view sender, std::uint64_t characters, TimePoint now);
  void ask_for_work(std::string_view sender);
  bool owes_work(std::string_view sender) const;
  // The work was done: what was noted is forgotten.
  void settle(std::string_view sender);

 private:
  static constexpr std::size_t kLines = 4096;
  struct alignas(64) Line {
    std::atomic_flag lock;
    bool owes_work = false;
    std::uint8_t gap_count = 0;
    std::uint8_t next = 0;
    std::uint8_t fast = 0;
    std::uint64_t sender = 0;
    std::int64_t last_ms = 0;
    std::array<std::uint32_t, kGaps> gaps_ms{};
  };

  std::uint64_t key_of(std::string_view sender) const;
  static void begin(Line& line, std::uint64_t key);
  static bool is_steady(const Line& line);

  const std::uint64_t seed_;
  std::unique_ptr<Line[]> lines_;
};

}  // namespace gatehouse::guard
