#include "literal_choice.hpp"

#include <algorithm>
#include <cmath>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kLeastBytes = 3;
constexpr double kRareness = 8;  // how much rarer a text is for each letter more
constexpr double kCommonFrequency = 0.3;
constexpr double kMostFrequency = 1;
constexpr double kCostOfText = 1e-3;  // each has to be looked for in every message

// Words that nearly every message has, and pieces of words.
constexpr std::string_view kCommon[] = {
    "you",  "your",  "all",   "any",   "are",   "the",   "and",   "for",    "not",  "what",
    "this", "that",  "can",   "will",  "how",   "with",  "out",   "have",   "was",  "has",
    "but",  "here",  "from",  "is a",  "ing",   "ent",   "it is", "i am",   "let",  "one",
    "get",  "say",   "ask",   "tell",  "show",  "use",   "read",  "text",   "when", "give",
    "new",  "now",   "list",  "send",  "name",  "no ",   "to ",   "in ",    "a ",   "i ",
    "line", "time",  "end",   "set",   "file",  "url",   "com",   "http",   "if ",  "or ",
    "like", "about", "open",  "them",  "want",  "need",  "make",  "help",   "work", "start",
    "some", "more",  "there", "which", "would", "first", "way",   "without"};

bool is_mark(char c) {
  const char lower = to_lower_ascii(c);
  return (lower < 'a' || lower > 'z') && !is_digit_ascii(c) && c != ' ' && c != '.' && c != ',';
}

}  // namespace

bool is_telling(std::string_view text) {
  return text.size() >= kLeastBytes || (text.size() == 2 && is_mark(text[0]) && is_mark(text[1]));
}

bool is_usable(const Texts& texts) {
  return !texts.empty() && texts.size() <= kTextsMost && std::ranges::all_of(texts, is_telling);
}

double frequency_of(const std::vector<std::string>& literals) {
  double sum = 0;
  for (const auto& text : literals) {
    const bool is_common = std::ranges::find(kCommon, trim(text)) != std::end(kCommon) ||
                           std::ranges::find(kCommon, text) != std::end(kCommon);
    // Marks of code stand in few messages.
    const auto letters = static_cast<double>(text.size() + (is_mark(text.front()) ? 1 : 0));
    sum += is_common ? kCommonFrequency : std::pow(kRareness, 1.0 - letters);
  }
  return sum;
}

bool is_rare(const Texts& texts) { return frequency_of(texts) <= kMostFrequency; }

const Texts& better(const Texts& a, const Texts& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  const auto cost_of = [](const Texts& texts) {
    return frequency_of(texts) + kCostOfText * static_cast<double>(texts.size());
  };
  return cost_of(b) < cost_of(a) ? b : a;
}

}  // namespace gatehouse::guard
