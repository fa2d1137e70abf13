// Finds words and phrases of ASCII by the hashes of their first words.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "message/words.hpp"

namespace gatehouse::guard {

// A phrase in folded form. An open one may be the beginning of a longer word.
struct IndexedPhrase {
  std::string text;
  bool is_open = false;
};

// Immutable; safe from any thread. In plain prose, several times as fast as an automaton of the
// same phrases, because it looks at words and not at bytes.
class WordIndex {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  // Phrases without letter or digit can't be found, nor open ones whose only word is shorter than
  // kOpeningBytes; nor any that is not ASCII.
  static bool can_hold(const IndexedPhrase& phrase);
  // `phrases[i]` is found as i; those that can't be held are not found.
  explicit WordIndex(std::vector<IndexedPhrase> phrases = {});

  // Calls take(at, i, end) for each phrase that begins at words[at] of `text`, which is ASCII, in
  // the order of their beginnings; phrases stand at word borders.
  template <typename Take>
  void find(std::string_view text, std::span<const Word> words, Take take) const {
    std::array<std::uint32_t, kKeys * kTogether> candidates;
    for (std::size_t start = 0; start < words.size(); start += kTogether) {
      const std::size_t end = std::min(start + kTogether, words.size());
      const std::size_t count = list_candidates(words, start, end, candidates.data());
      for (const std::uint32_t candidate : std::span(candidates).first(count)) {
        const std::size_t at = candidate / kKeys;
        look_up(key_at(words.data() + at, candidate % kKeys), text, words[at],
                [&](std::uint32_t phrase, std::size_t behind) { take(at, phrase, behind); });
      }
    }
  }

 private:
  static constexpr std::size_t kPlaces = 1U << 16;
  static constexpr std::size_t kBuckets = 1U << 13;

  // A place in a text of words where a phrase would be looked for.
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t phrase = 0;
    std::uint32_t lead = 0;  // bytes before its first word
    std::uint32_t next = kNone;
  };

  static constexpr std::size_t kTogether = 32;

  // By what a phrase may be known that begins at a word.
  static constexpr std::uint32_t kWhole = 0;
  static constexpr std::uint32_t kOpening = 1;
  static constexpr std::uint32_t kPair = 2;  // with the next word
  static constexpr std::uint32_t kKeys = 4;

  static std::uint64_t place_of(std::uint64_t key) { return key >> 48; }
  bool has_place(std::uint64_t key) const {
    const std::uint64_t place = place_of(key);
    return ((places_[place / 64] >> (place % 64)) & 1) != 0;
  }
  static std::uint64_t key_at(const Word* word, std::uint32_t key) {
    if (key == kPair) return word[1].pair;
    return key == kOpening ? opening_key(word->opening) : word->hash;
  }
  // Lists the words from `start` to `end` at which a phrase may begin, each times kKeys and with
  // its key; how many. At most words none begins, but nobody can guess at which: so without a
  // branch.
  std::size_t list_candidates(std::span<const Word> words, std::size_t start, std::size_t end,
                              std::uint32_t* candidates) const {
    const Word* const all = words.data();
    std::size_t count = 0;
    const auto add = [&](std::size_t at, std::uint32_t key) {
      candidates[count] = static_cast<std::uint32_t>(at) * kKeys + key;
      count += has_place(key_at(all + at, key)) ? 1 : 0;
    };
    const bool has_last = end == words.size();
    for (std::size_t at = start; at < end - (has_last ? 1 : 0); ++at) {
      add(at, kWhole);
      add(at, kOpening);
      add(at, kPair);
    }
    if (has_last) add(end - 1, kWhole);
    if (has_last) add(end - 1, kOpening);
    return count;
  }
  static std::uint64_t opening_key(std::uint32_t opening) {
    return opening * 0x9E3779B97F4A7C15ULL;
  }
  static std::uint64_t key_of(const IndexedPhrase& phrase, std::span<const Word> words);
  void add(const IndexedPhrase& phrase, std::uint32_t index);
  // The end of the phrase at `start`; 0 if it isn't there.
  std::size_t end_of(const Entry& entry, std::string_view text, std::size_t start) const;

  template <typename Take>
  void look_up(std::uint64_t key, std::string_view text, const Word& word, Take take) const {
    const Entry* const entries = entries_.data();
    for (auto at = buckets_[place_of(key) % kBuckets]; at != kNone; at = entries[at].next) {
      const Entry& entry = entries[at];
      if (entry.key != key || entry.lead > word.start) continue;
      if (const auto end = end_of(entry, text, word.start - entry.lead); end != 0)
        take(entry.phrase, end);
    }
  }

  std::vector<IndexedPhrase> phrases_;
  std::vector<Entry> entries_;
  std::array<std::uint64_t, kPlaces / 64> places_{};  // a bit for each key's upper 16 bits
  std::array<std::uint32_t, kBuckets> buckets_;       // first entry
};

}  // namespace gatehouse::guard
