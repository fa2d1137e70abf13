#include "pattern_parts.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"
#include "message/words.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::uint32_t kLeastGap = 10;
constexpr std::uint32_t kPartLength = 40;  // what a part itself may take
constexpr std::uint32_t kWithinMost = 1000;
constexpr std::ptrdiff_t kLeastLetters = 2;

struct Gap {
  std::size_t start = 0;
  std::size_t end = 0;
  std::uint32_t most = 0;
};

bool is_word_character(char c) {
  const char lower = to_lower_ascii(c);
  return (lower >= 'a' && lower <= 'z') || is_digit_ascii(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t end_of_class(std::string_view pattern, std::size_t at) {
  std::size_t end = at + 1;
  if (end < pattern.size() && pattern[end] == '^') ++end;
  if (end < pattern.size() && pattern[end] == ']') ++end;
  while (end < pattern.size() && pattern[end] != ']') end += pattern[end] == '\\' ? 2 : 1;
  return std::min(end + 1, pattern.size());
}

// "{0,60}", perhaps with a question mark, at `at`: its largest number and its end; 0 if it is none.
std::uint32_t read_repeat(std::string_view pattern, std::size_t& at) {
  if (at >= pattern.size() || pattern[at] != '{') return 0;
  const auto close = pattern.find('}', at);
  const auto comma = pattern.find(',', at);
  if (close == std::string_view::npos || comma == std::string_view::npos || comma > close) return 0;
  const auto most = parse_u64(pattern.substr(comma + 1, close - comma - 1));
  if (!most || *most > kWithinMost) return 0;
  at = close + 1;
  if (at < pattern.size() && pattern[at] == '?') ++at;
  return static_cast<std::uint32_t>(*most);
}

// The letters and digits a match must have; those of escapes (\s, \b) and classes don't count.
std::ptrdiff_t letters_of(std::string_view part) {
  std::ptrdiff_t letters = 0;
  for (std::size_t at = 0; at < part.size(); ++at) {
    if (part[at] == '\\') {
      ++at;
    } else if (part[at] == '[') {
      at = end_of_class(part, at) - 1;
    } else if (is_word_character(part[at])) {
      ++letters;
    }
  }
  return letters;
}

// The wide gaps at the top level; none if the pattern is an alternative there.
std::vector<Gap> gaps_of(std::string_view pattern) {
  std::vector<Gap> gaps;
  int depth = 0;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t start = at;
    const char c = pattern[at];
    if (c == '|' && depth == 0) return {};
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    at = c == '\\' ? at + 2 : c == '[' ? end_of_class(pattern, at) : at + 1;
    const bool is_loose = c == '.' || pattern.substr(start).starts_with("[^");
    if (!is_loose || depth != 0) continue;
    if (const auto most = read_repeat(pattern, at); most >= kLeastGap)
      gaps.push_back({start, at, most});
  }
  return gaps;
}

// Where the group that begins at `at` has ended; npos if it doesn't.
std::size_t end_of_group(std::string_view pattern, std::size_t at) {
  int depth = 0;
  while (at < pattern.size()) {
    const char c = pattern[at];
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    at = c == '\\' ? at + 2 : c == '[' ? end_of_class(pattern, at) : at + 1;
    if (depth == 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::string> alternatives_of(std::string_view pattern) {
  constexpr std::string_view kOpening = "(?:";
  if (pattern.starts_with(kOpening) && end_of_group(pattern, 0) == pattern.size())
    pattern = pattern.substr(kOpening.size(), pattern.size() - kOpening.size() - 1);
  std::vector<std::string> out;
  std::size_t start = 0;
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '|') {
      out.emplace_back(pattern.substr(start, at - start));
      start = ++at;
    } else {
      at = std::min(end_of_group(pattern, at), pattern.size());
    }
  }
  out.emplace_back(pattern.substr(start));
  return out;
}

bool names_characters(std::string_view pattern) {
  return !is_ascii(pattern) || pattern.contains("\\x{") || pattern.contains("\\p") ||
         pattern.contains("\\P");
}

PatternParts divide_pattern(std::string_view pattern) {
  PatternParts out;
  std::size_t start = 0;
  for (const auto& gap : gaps_of(pattern)) {
    const auto part = pattern.substr(start, gap.start - start);
    const bool is_telling =
        letters_of(part) >= kLeastLetters && letters_of(pattern.substr(gap.end)) >= kLeastLetters;
    if (!is_telling) continue;
    out.parts.emplace_back(part);
    out.within += gap.most + kPartLength;
    start = gap.end;
  }
  out.parts.emplace_back(pattern.substr(start));
  out.within = std::min(out.within, kWithinMost);
  return out;
}

}  // namespace gatehouse::guard
