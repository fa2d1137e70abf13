// What 64 bytes at a time tell must be what each byte by itself tells.
#include "message/text_signals.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

bool is_letter(char c) { return to_lower_ascii(c) >= 'a' && to_lower_ascii(c) <= 'z'; }
bool is_word(char c) { return is_letter(c) || is_digit_ascii(c); }
bool is_one_of(char c, std::string_view set) { return set.contains(c); }

TextSignals byte_by_byte(std::string_view text) {
  TextSignals out;
  std::size_t run = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_beyond = static_cast<unsigned char>(c) >= 0x80;
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    out.is_ascii &= !is_beyond;
    out.letters += is_letter(c) ? 1 : 0;
    out.capitals += c >= 'A' && c <= 'Z' ? 1 : 0;
    out.digits += is_digit_ascii(c) ? 1 : 0;
    out.spaces += c == ' ' ? 1 : 0;
    out.marks.add(c);
    out.has_uneven_space |= is_control || (c == ' ' && at > 0 && text[at - 1] == ' ');
    run = is_word(c) || is_one_of(c, "+/-_") ? run + 1 : 0;
    out.has_long_run |= run >= 16;
    if (at == 0 || at + 1 == text.size()) continue;
    const char before = text[at - 1];
    const char after = text[at + 1];
    const bool is_between = is_letter(before) && is_letter(after);
    out.single_letters += is_letter(c) && !is_word(before) && !is_word(after) ? 1 : 0;
    out.inner_digits += is_between && (is_digit_ascii(c) || is_one_of(c, "@$!|")) ? 1 : 0;
    out.inner_punctuation += is_between && is_one_of(c, ".-_*/~|+,") ? 1 : 0;
  }
  return out;
}

std::string random_text(std::mt19937& random, std::string_view characters, std::size_t size) {
  std::uniform_int_distribution<std::size_t> place(0, characters.size() - 1);
  std::string text;
  while (text.size() < size) text += characters[place(random)];
  return text;
}

TEST(TextSignals, AreThoseOfEachByte) {
  std::mt19937 random(7);
  for (const std::string_view characters :
       {"aB3 ", "abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/-_. ", "aZ0 .-_*/~|+,@$!%&\\\n\x7F",
        "ab   \xC3\xA9", "x1"}) {
    for (std::size_t size = 0; size < 300; ++size) {
      const auto text = random_text(random, characters, size);
      const auto found = read_signals(text);
      const auto expected = byte_by_byte(text);
      ASSERT_EQ(found.is_ascii, expected.is_ascii) << text;
      ASSERT_EQ(found.has_uneven_space, expected.has_uneven_space) << text;
      ASSERT_EQ(found.has_long_run, expected.has_long_run) << text;
      ASSERT_EQ(found.marks, expected.marks) << text;
      ASSERT_EQ(found.letters, expected.letters) << text;
      ASSERT_EQ(found.capitals, expected.capitals) << text;
      ASSERT_EQ(found.digits, expected.digits) << text;
      ASSERT_EQ(found.spaces, expected.spaces) << text;
      ASSERT_EQ(found.single_letters, expected.single_letters) << text;
      ASSERT_EQ(found.inner_digits, expected.inner_digits) << text;
      ASSERT_EQ(found.inner_punctuation, expected.inner_punctuation) << text;
    }
  }
}

}  // namespace
}  // namespace gatehouse::guard
