#include "word_groups.hpp"

#include "gatehouse/knowledge/unicode.hpp"

namespace gatehouse::responders {

std::vector<std::string> word_groups(std::string_view text) {
  constexpr std::size_t kGroupBytes = 32;  // about five words
  constexpr std::size_t kMaxGroupBytes = 96;
  std::vector<std::string> groups;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    next_code_point(text, at);
    const bool is_space = c == ' ' || c == '\n';
    if ((is_space && at - start >= kGroupBytes) || at - start >= kMaxGroupBytes) {
      groups.emplace_back(text.substr(start, at - start));
      start = at;
    }
  }
  if (start < text.size()) groups.emplace_back(text.substr(start));
  return groups;
}

}  // namespace gatehouse::responders
