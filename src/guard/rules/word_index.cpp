#include "word_index.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

bool is_word_byte(char c) {
  const char lower = to_lower_ascii(c);
  return (lower >= 'a' && lower <= 'z') || is_digit_ascii(c);
}

}  // namespace

bool WordIndex::can_hold(const IndexedPhrase& phrase) {
  WordLister lister;
  const auto words = lister.list(phrase.text);
  if (!lister.is_ascii() || words.empty()) return false;
  const bool is_part = phrase.is_open && words.size() == 1 && words[0].end == phrase.text.size();
  return !is_part || words[0].opening != 0;
}

WordIndex::WordIndex(std::vector<IndexedPhrase> phrases) : phrases_(std::move(phrases)) {
  buckets_.fill(kNone);
  for (std::uint32_t i = 0; i < phrases_.size(); ++i) {
    if (can_hold(phrases_[i])) add(phrases_[i], i);
  }
}

std::uint64_t WordIndex::key_of(const IndexedPhrase& phrase, std::span<const Word> words) {
  // The last word of an open phrase may be longer in the text.
  const auto is_whole = [&](const Word& word) {
    return !phrase.is_open || word.end < phrase.text.size();
  };
  if (words.size() > 1 && is_whole(words[1])) return words[1].pair;
  return is_whole(words[0]) ? words[0].hash : opening_key(words[0].opening);
}

void WordIndex::add(const IndexedPhrase& phrase, std::uint32_t index) {
  WordLister lister;
  const auto words = lister.list(phrase.text);
  const auto key = key_of(phrase, words);
  const std::uint64_t place = place_of(key);
  places_[place / 64] |= std::uint64_t{1} << (place % 64);
  auto& bucket = buckets_[place % kBuckets];
  entries_.push_back({.key = key, .phrase = index, .lead = words[0].start, .next = bucket});
  bucket = static_cast<std::uint32_t>(entries_.size() - 1);
}

std::size_t WordIndex::end_of(const Entry& entry, std::string_view text, std::size_t start) const {
  const auto& phrase = phrases_[entry.phrase];
  if (!text.substr(start).starts_with(phrase.text)) return 0;
  const std::size_t end = start + phrase.text.size();
  const bool needs_border = !phrase.is_open && is_word_byte(phrase.text.back());
  return needs_border && end < text.size() && is_word_byte(text[end]) ? 0 : end;
}

}  // namespace gatehouse::guard
