#include "gatehouse/knowledge/stemmer.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace gatehouse::knowledge {
namespace {

constexpr std::size_t kMinStemmedBytes = 3;
constexpr std::size_t kMaxStemmedBytes = 64;

bool is_vowel_letter(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

// A y is a consonant at the start and after a vowel, so runs of y alternate.
bool is_consonant(std::string_view word, std::size_t i) {
  if (is_vowel_letter(word[i])) return false;
  if (word[i] != 'y') return true;
  bool is_flipped = false;
  while (i > 0 && word[i] == 'y') {
    is_flipped = !is_flipped;
    --i;
  }
  // Now `i` is the letter before the run, or the first letter of the word.
  const bool is_base_consonant = word[i] == 'y' || !is_vowel_letter(word[i]);
  return is_base_consonant != is_flipped;
}

// Porter's m: how often a vowel is followed by a consonant.
unsigned measure(std::string_view stem) {
  unsigned count = 0;
  bool was_vowel = false;
  for (std::size_t i = 0; i < stem.size(); ++i) {
    const bool is_vowel = !is_consonant(stem, i);
    if (was_vowel && !is_vowel) ++count;
    was_vowel = is_vowel;
  }
  return count;
}

bool has_vowel(std::string_view stem) {
  for (std::size_t i = 0; i < stem.size(); ++i) {
    if (!is_consonant(stem, i)) return true;
  }
  return false;
}

bool ends_in_double_consonant(std::string_view word) {
  const auto n = word.size();
  return n >= 2 && word[n - 1] == word[n - 2] && is_consonant(word, n - 1);
}

// Consonant, vowel, consonant that is not w, x or y.
bool ends_in_short_syllable(std::string_view word) {
  const auto n = word.size();
  if (n < 3) return false;
  const char last = word[n - 1];
  return is_consonant(word, n - 3) && !is_consonant(word, n - 2) && is_consonant(word, n - 1) &&
         last != 'w' && last != 'x' && last != 'y';
}

struct Rule {
  std::string_view ending;
  std::string_view replacement;
};

// Applies the first rule whose ending fits if what stays has at least `min_measure`; later rules
// are not tried.
void apply_first(std::string& word, std::span<const Rule> rules, unsigned min_measure) {
  for (const auto& rule : rules) {
    if (word.size() <= rule.ending.size() || !word.ends_with(rule.ending)) continue;
    const auto stem = std::string_view(word).substr(0, word.size() - rule.ending.size());
    if (measure(stem) < min_measure) return;
    if (rule.ending == "ion" && stem.back() != 's' && stem.back() != 't') return;
    word.replace(stem.size(), std::string::npos, rule.replacement);
    return;
  }
}

void cut_plural(std::string& word) {
  if (word.ends_with("sses") || word.ends_with("ies")) {
    word.resize(word.size() - 2);
  } else if (word.ends_with('s') && !word.ends_with("ss")) {
    word.pop_back();
  }
}

void cut_past_and_progressive(std::string& word) {
  if (word.ends_with("eed")) {
    if (measure(std::string_view(word).substr(0, word.size() - 3)) > 0) word.pop_back();
    return;
  }
  const std::size_t cut = word.ends_with("ed") ? 2 : word.ends_with("ing") ? 3 : 0;
  if (cut == 0 || !has_vowel(std::string_view(word).substr(0, word.size() - cut))) return;
  word.resize(word.size() - cut);
  if (word.ends_with("at") || word.ends_with("bl") || word.ends_with("iz")) {
    word.push_back('e');
  } else if (ends_in_double_consonant(word) && !word.ends_with('l') && !word.ends_with('s') &&
             !word.ends_with('z')) {
    word.pop_back();
  } else if (measure(word) == 1 && ends_in_short_syllable(word)) {
    word.push_back('e');
  }
}

constexpr std::array<Rule, 21> kDoubleSuffixes = {{
    {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},   {"anci", "ance"}, {"izer", "ize"},
    {"logi", "log"},    {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},
    {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},
    {"iveness", "ive"}, {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"},
    {"biliti", "ble"},
}};
constexpr std::array<Rule, 7> kFurtherSuffixes = {{
    {"icate", "ic"},
    {"ative", ""},
    {"alize", "al"},
    {"iciti", "ic"},
    {"ical", "ic"},
    {"ful", ""},
    {"ness", ""},
}};
constexpr std::array<Rule, 19> kLastSuffixes = {{
    {"al", ""},  {"ance", ""},  {"ence", ""}, {"er", ""},  {"ic", ""},  {"able", ""}, {"ible", ""},
    {"ant", ""}, {"ement", ""}, {"ment", ""}, {"ent", ""}, {"ion", ""}, {"ou", ""},   {"ism", ""},
    {"ate", ""}, {"iti", ""},   {"ous", ""},  {"ive", ""}, {"ize", ""},
}};

void tidy_end(std::string& word) {
  if (word.ends_with('e')) {
    const auto stem = std::string_view(word).substr(0, word.size() - 1);
    const unsigned m = measure(stem);
    if (m > 1 || (m == 1 && !ends_in_short_syllable(stem))) word.pop_back();
  }
  if (word.ends_with("ll") && measure(std::string_view(word).substr(0, word.size() - 1)) > 1) {
    word.pop_back();
  }
}

}  // namespace

void stem_english(std::string& word) {
  if (word.size() < kMinStemmedBytes || word.size() > kMaxStemmedBytes) return;
  for (const char c : word) {
    if (c < 'a' || c > 'z') return;
  }
  cut_plural(word);
  cut_past_and_progressive(word);
  if (word.size() > 1 && word.ends_with('y') &&
      has_vowel(std::string_view(word).substr(0, word.size() - 1))) {
    word.back() = 'i';
  }
  apply_first(word, kDoubleSuffixes, 1);
  apply_first(word, kFurtherSuffixes, 1);
  apply_first(word, kLastSuffixes, 2);
  tidy_end(word);
}

}  // namespace gatehouse::knowledge
