#include "respelling.hpp"

#include <array>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"

namespace gatehouse::guard {

void append_rot13(std::string_view text, std::string& out) {
  for (const char c : text) {
    const char lower = to_lower_ascii(c);
    const bool is_letter = lower >= 'a' && lower <= 'z';
    out += is_letter ? static_cast<char>('a' + (lower - 'a' + 13) % 26) : c;
  }
}

void append_reversed(std::string_view text, std::string& out) {
  for (std::size_t end = text.size(); end > 0;) {
    std::size_t at = end - 1;
    while (at > 0 && is_utf8_tail(text[at])) --at;
    out.append(text, at, end - at);
    end = at;
  }
}

void append_without_leet(std::string_view text, char one, std::string& out) {
  constexpr std::string_view kLeet = "0134578@$!|";
  const std::string letters = std::string("o") + one + "eastbas" + one + one;
  std::array<char, 256> letter_of{};  // NUL for what stands for itself
  for (std::size_t i = 0; i < kLeet.size(); ++i)
    letter_of[static_cast<unsigned char>(kLeet[i])] = letters[i];
  const auto is_letter = [](char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; };
  const std::size_t start = out.size();
  out += text;
  const char* const end = out.data() + out.size();
  for (char* word = out.data() + start; word < end;) {
    bool has_letter = false;
    char* behind = word;
    for (; behind < end && *behind != ' '; ++behind) has_letter |= is_letter(*behind);
    for (char* at = word; has_letter && at < behind; ++at) {
      const char letter = letter_of[static_cast<unsigned char>(*at)];
      if (letter == '\0') continue;
      // A mark at the end of a word is a mark.
      if (at + 1 < behind || is_digit_ascii(*at)) *at = letter;
    }
    word = behind + 1;
  }
}

void append_joined(std::string_view text, std::string& out) {
  const auto is_word = [&](std::size_t at) {
    if (at >= text.size()) return false;
    const char lower = to_lower_ascii(text[at]);
    return (lower >= 'a' && lower <= 'z') || is_digit_ascii(lower) ||
           static_cast<unsigned char>(text[at]) >= 0x80;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_word(at) || at == 0) {
      out += text[at];
      continue;
    }
    const bool is_between_words = is_word(at - 1) && is_word(at + 1);
    const bool is_single = (at < 2 || !is_word(at - 2) || !is_word(at - 1)) ||
                           (at + 2 >= text.size() || !is_word(at + 2));
    const bool is_inner_mark = text[at] != ' ' && text[at] != '\n' && text[at] != '\'';
    if (is_between_words && (is_inner_mark || is_single)) continue;
    out += text[at];
  }
}

}  // namespace gatehouse::guard
