#include "text_signals.hpp"

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kLongRun = 16;
constexpr std::size_t kBlock = 128;  // so that counts of one block fit a byte

using Byte = std::uint8_t;

// Without branches, so that the compiler does sixteen bytes at once.
constexpr Byte is_letter(Byte c) { return static_cast<Byte>((c | 0x20) - 'a') < 26 ? 1 : 0; }
constexpr Byte is_capital(Byte c) { return static_cast<Byte>(c - 'A') < 26 ? 1 : 0; }
constexpr Byte is_digit(Byte c) { return static_cast<Byte>(c - '0') < 10 ? 1 : 0; }
constexpr Byte is(Byte c, char what) { return c == static_cast<Byte>(what) ? 1 : 0; }

// What is put between the letters of a word to break it: . - _ * / ~ | + ,
constexpr Byte is_mark(Byte c) {
  return static_cast<Byte>(is(c, '.') | is(c, '-') | is(c, '_') | is(c, '*') | is(c, '/') |
                           is(c, '~') | is(c, '|') | is(c, '+') | is(c, ','));
}
constexpr Byte is_letter_like(Byte c) {
  return static_cast<Byte>(is_digit(c) | is(c, '@') | is(c, '$') | is(c, '!') | is(c, '|'));
}

struct BlockCounts {
  Byte letters = 0, capitals = 0, digits = 0, spaces = 0, uneven = 0, percents = 0, ampersands = 0,
       backslashes = 0, high = 0;
  Byte single_letters = 0, inner_digits = 0, inner_marks = 0;
};

// `text` has a byte before and behind each of its `size` bytes from `at`.
void count_alone(const char* text, std::size_t size, BlockCounts& counts) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto c = static_cast<Byte>(text[i]);
    counts.letters = static_cast<Byte>(counts.letters + is_letter(c));
    counts.capitals = static_cast<Byte>(counts.capitals + is_capital(c));
    counts.digits = static_cast<Byte>(counts.digits + is_digit(c));
    counts.spaces = static_cast<Byte>(counts.spaces + is(c, ' '));
    counts.uneven |= static_cast<Byte>(c < 0x20 || c == 0x7F);
    counts.percents |= is(c, '%');
    counts.ampersands |= is(c, '&');
    counts.backslashes |= is(c, '\\');
    counts.high |= c;
  }
}

void count_between(const char* text, std::size_t size, BlockCounts& counts) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto before = static_cast<Byte>(text[i]);
    const auto c = static_cast<Byte>(text[i + 1]);
    const auto after = static_cast<Byte>(text[i + 2]);
    const auto between = static_cast<Byte>(is_letter(before) & is_letter(after));
    const auto is_word = static_cast<Byte>(is_letter(before) | is_digit(before) | is_letter(after) |
                                           is_digit(after));
    counts.single_letters =
        static_cast<Byte>(counts.single_letters + (is_letter(c) & (is_word ^ 1)));
    counts.inner_digits = static_cast<Byte>(counts.inner_digits + (between & is_letter_like(c)));
    counts.inner_marks = static_cast<Byte>(counts.inner_marks + (between & is_mark(c)));
    counts.uneven |= static_cast<Byte>(is(before, ' ') & is(c, ' '));
  }
}

void add(const BlockCounts& counts, TextSignals& signals) {
  signals.letters += counts.letters;
  signals.capitals += counts.capitals;
  signals.digits += counts.digits;
  signals.spaces += counts.spaces;
  signals.single_letters += counts.single_letters;
  signals.inner_digits += counts.inner_digits;
  signals.inner_punctuation += counts.inner_marks;
  signals.has_uneven_space |= counts.uneven != 0;
  signals.has_percent |= counts.percents != 0;
  signals.has_ampersand |= counts.ampersands != 0;
  signals.has_backslash |= counts.backslashes != 0;
  signals.is_ascii &= counts.high < 0x80;
}

constexpr auto kBase64 = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 128; ++c) {
    const auto byte = static_cast<Byte>(c);
    table[c] =
        is_letter(byte) != 0 || is_digit(byte) != 0 || c == '+' || c == '/' || c == '-' || c == '_';
  }
  return table;
}();

// A run of 16 holds a byte whose offset is a multiple of 16: only around these it pays to look.
bool has_long_run(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); at += kLongRun) {
    if (!is_base64_character(text[at])) continue;
    std::size_t first = at;
    while (first > 0 && is_base64_character(text[first - 1])) --first;
    std::size_t end = at;
    while (end < text.size() && is_base64_character(text[end])) ++end;
    if (end - first >= kLongRun) return true;
  }
  return false;
}

}  // namespace

bool is_base64_character(char c) { return kBase64[static_cast<Byte>(c)]; }

TextSignals read_signals(std::string_view text) {
  TextSignals signals;
  for (std::size_t at = 0; at < text.size(); at += kBlock) {
    BlockCounts counts;
    const std::size_t size = std::min(kBlock, text.size() - at);
    count_alone(text.data() + at, size, counts);
    const std::size_t triples = text.size() - at < 2 ? 0 : std::min(size, text.size() - at - 2);
    count_between(text.data() + at, triples, counts);
    add(counts, signals);
  }
  signals.has_long_run = has_long_run(text);
  return signals;
}

}  // namespace gatehouse::guard
