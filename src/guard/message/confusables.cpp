#include "confusables.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace gatehouse::guard {
namespace {

struct Pair {
  char32_t letter;
  char latin;
};

// Sorted by letter. Lower case, since they are asked after folding; Cherokee folds to capitals.
constexpr auto kLookAlikes = std::to_array<Pair>({
    {U'α', 'a'}, {U'β', 'b'}, {U'γ', 'y'}, {U'ε', 'e'}, {U'η', 'n'}, {U'ι', 'i'}, {U'κ', 'k'},
    {U'ν', 'v'}, {U'ο', 'o'}, {U'ρ', 'p'}, {U'σ', 'o'}, {U'τ', 't'}, {U'υ', 'u'}, {U'χ', 'x'},
    {U'ω', 'w'}, {U'ϲ', 'c'}, {U'ϳ', 'j'}, {U'а', 'a'}, {U'в', 'b'}, {U'г', 'r'}, {U'е', 'e'},
    {U'к', 'k'}, {U'м', 'm'}, {U'н', 'h'}, {U'о', 'o'}, {U'п', 'n'}, {U'р', 'p'}, {U'с', 'c'},
    {U'т', 't'}, {U'у', 'y'}, {U'х', 'x'}, {U'ь', 'b'}, {U'ѕ', 's'}, {U'і', 'i'}, {U'ј', 'j'},
    {U'ѵ', 'v'}, {U'ғ', 'f'}, {U'қ', 'k'}, {U'ү', 'y'}, {U'һ', 'h'}, {U'ӏ', 'l'}, {U'ԁ', 'd'},
    {U'ԍ', 'g'}, {U'ԛ', 'q'}, {U'ԝ', 'w'}, {U'հ', 'h'}, {U'յ', 'j'}, {U'ո', 'n'}, {U'ս', 'u'},
    {U'ց', 'g'}, {U'օ', 'o'}, {U'Ꭰ', 'd'}, {U'Ꭱ', 'r'}, {U'Ꭲ', 't'}, {U'Ꭵ', 'i'}, {U'Ꭹ', 'y'},
    {U'Ꭺ', 'a'}, {U'Ꭻ', 'j'}, {U'Ꭼ', 'e'}, {U'Ꮃ', 'w'}, {U'Ꮇ', 'm'}, {U'Ꮋ', 'h'}, {U'Ꮐ', 'g'},
    {U'Ꮓ', 'z'}, {U'Ꮖ', 'l'}, {U'Ꮢ', 'r'}, {U'Ꮪ', 's'}, {U'Ꮩ', 'v'}, {U'Ꮮ', 'l'}, {U'Ꮯ', 'c'},
    {U'Ꮲ', 'p'}, {U'Ꮶ', 'k'}, {U'Ᏼ', 'b'},
});

constexpr auto kStyled = std::to_array<Pair>({
    {U'ı', 'i'}, {U'ſ', 's'}, {U'ɑ', 'a'}, {U'ɡ', 'g'}, {U'ɢ', 'g'}, {U'ɩ', 'i'},
    {U'ɪ', 'i'}, {U'ɴ', 'n'}, {U'ʀ', 'r'}, {U'ʏ', 'y'}, {U'ʙ', 'b'}, {U'ʜ', 'h'},
    {U'ʟ', 'l'}, {U'ᴀ', 'a'}, {U'ᴄ', 'c'}, {U'ᴅ', 'd'}, {U'ᴇ', 'e'}, {U'ᴊ', 'j'},
    {U'ᴋ', 'k'}, {U'ᴍ', 'm'}, {U'ᴏ', 'o'}, {U'ᴘ', 'p'}, {U'ᴛ', 't'}, {U'ᴜ', 'u'},
    {U'ᴠ', 'v'}, {U'ᴡ', 'w'}, {U'ᴢ', 'z'}, {U'ꜰ', 'f'}, {U'ꜱ', 's'},
});

template <std::size_t Size>
char find(const std::array<Pair, Size>& pairs, char32_t letter) {
  const auto found = std::ranges::find(pairs, letter, &Pair::letter);
  return found == pairs.end() ? '\0' : found->latin;
}

bool is_between(char32_t character, char32_t first, char32_t last) {
  return character >= first && character <= last;
}

char letter_at(char32_t character, char32_t first) {
  return static_cast<char>('a' + static_cast<int>(character - first));
}

}  // namespace

Script script_of(char32_t character) {
  if (character < 0x80) {
    const char32_t lower = character | 0x20;
    return is_between(lower, U'a', U'z') ? Script::kLatin : Script::kNone;
  }
  if (!u_isalpha(static_cast<UChar32>(character))) return Script::kNone;
  if (character < 0x250 || is_between(character, 0x1E00, 0x1EFF)) return Script::kLatin;
  if (is_between(character, 0x370, 0x3FF) || is_between(character, 0x1F00, 0x1FFF))
    return Script::kGreek;
  if (is_between(character, 0x400, 0x52F)) return Script::kCyrillic;
  if (is_between(character, 0x530, 0x58F)) return Script::kArmenian;
  if (is_between(character, 0x13A0, 0x13FF)) return Script::kCherokee;
  return Script::kOther;
}

char latin_look_alike(char32_t letter) {
  return letter < 0x370 || letter > 0x13FF ? '\0' : find(kLookAlikes, letter);
}

char plain_latin(char32_t character) {
  if (is_between(character, 0x1F170, 0x1F189)) return letter_at(character, 0x1F170);
  if (is_between(character, 0x1F150, 0x1F169)) return letter_at(character, 0x1F150);
  if (is_between(character, 0x1F1E6, 0x1F1FF)) return letter_at(character, 0x1F1E6);
  return character < 0x131 || character > 0xA7FF ? '\0' : find(kStyled, character);
}

bool is_written_without_borders(char32_t character) {
  return is_between(character, 0x0E00, 0x0EFF) || is_between(character, 0x1000, 0x109F) ||
         is_between(character, 0x1100, 0x11FF) || is_between(character, 0x1780, 0x17FF) ||
         is_between(character, 0x3040, 0x30FF) || is_between(character, 0x3400, 0x9FFF) ||
         is_between(character, 0xAC00, 0xD7AF) || is_between(character, 0xF900, 0xFAFF) ||
         is_between(character, 0x20000, 0x323AF);
}

}  // namespace gatehouse::guard
