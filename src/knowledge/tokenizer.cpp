#include "gatehouse/knowledge/tokenizer.hpp"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utext.h>

#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"
#include "gatehouse/knowledge/chunker.hpp"
#include "gatehouse/knowledge/stemmer.hpp"
#include "gatehouse/knowledge/unicode.hpp"

namespace gatehouse::knowledge {
namespace {

bool is_ascii_alphanumeric(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_word_character(char32_t c) {
  if (c < 0x80) return is_ascii_alphanumeric(c);
  constexpr std::uint32_t kWord = U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & kWord) != 0;
}

// Scripts whose words are written without spaces.
bool needs_dictionary(char32_t c) {
  if (c < 0x0E00) return false;
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(c), &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:
      return c == 0x30FC;  // the long vowel mark of katakana, whose script is "common"
  }
}

bool is_combining_accent(char16_t c) { return c >= 0x0300 && c <= 0x036F; }

std::string to_utf8(const std::u16string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t code = text[i];
    if (U16_IS_LEAD(code) && i + 1 < text.size() && U16_IS_TRAIL(text[i + 1])) {
      code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<char32_t>(text[++i]) - 0xDC00);
    }
    append_utf8(out, code);
  }
  return out;
}

std::u16string to_utf16(std::string_view text) {
  std::u16string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code = next_code_point(text, at);
    if (code < 0x10000) {
      out.push_back(static_cast<char16_t>(code));
    } else {
      out.push_back(static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)));
      out.push_back(static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF)));
    }
  }
  return out;
}

std::u16string normalise(const UNormalizer2* form, const std::u16string& text) {
  // Casefolding and decomposition lengthen a text at most 18 times (U+FDFA).
  std::u16string out(text.size() * 18 + 8, u'\0');
  UErrorCode status = U_ZERO_ERROR;
  const auto length = unorm2_normalize(form, text.data(), static_cast<std::int32_t>(text.size()),
                                       out.data(), static_cast<std::int32_t>(out.size()), &status);
  if (U_FAILURE(status)) return text;
  out.resize(static_cast<std::size_t>(length));
  return out;
}

// Case, width, compatibility forms and accents folded away: "Ｃａｆé" and "cafe" are one term.
std::string fold(std::string_view word) {
  UErrorCode status = U_ZERO_ERROR;
  auto text = normalise(unorm2_getNFKCCasefoldInstance(&status), to_utf16(word));
  text = normalise(unorm2_getNFDInstance(&status), text);
  std::erase_if(text, is_combining_accent);
  return to_utf8(normalise(unorm2_getNFCInstance(&status), text));
}

// Folding may leave what is no letter (a space in a ligature); the index must see one term.
void keep_word_characters(std::string& term) {
  std::string kept;
  for (std::size_t at = 0; at < term.size();) {
    const auto start = at;
    if (is_word_character(next_code_point(term, at))) kept.append(term, start, at - start);
  }
  term = std::move(kept);
}

void cut_to(std::string& term, std::size_t max_bytes) {
  if (term.size() <= max_bytes) return;
  while (max_bytes > 0 && is_utf8_tail(term[max_bytes])) --max_bytes;
  term.resize(max_bytes);
}

bool is_elision(std::string_view text, std::size_t start, std::size_t end) {
  // The s of "page's" and the t of "don't" are no words of their own.
  if (end - start != 1 || start < 2) return false;
  const char letter = to_lower_ascii(text[start]);
  if (letter != 's' && letter != 't' && letter != 'd' && letter != 'm') return false;
  const bool has_apostrophe = text[start - 1] == '\'' || text.substr(0, start).ends_with("\u2019");
  return has_apostrophe;
}

}  // namespace

class Tokenizer::Icu {
 public:
  ~Icu() {
    if (words_ != nullptr) ubrk_close(words_);
    if (sentences_ != nullptr) ubrk_close(sentences_);
    utext_close(&text_);
  }

  // Points an iterator at UTF-8; nullptr if ICU has no rules for it (its data is missing).
  UBreakIterator* words(std::string_view text) { return at(words_, UBRK_WORD, text); }
  UBreakIterator* sentences(std::string_view text) { return at(sentences_, UBRK_SENTENCE, text); }

 private:
  UBreakIterator* at(UBreakIterator*& iterator, UBreakIteratorType type, std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    if (iterator == nullptr) iterator = ubrk_open(type, "", nullptr, 0, &status);
    utext_openUTF8(&text_, text.data(), static_cast<std::int64_t>(text.size()), &status);
    if (iterator != nullptr) ubrk_setUText(iterator, &text_, &status);
    return U_SUCCESS(status) ? iterator : nullptr;
  }

  UBreakIterator* words_ = nullptr;
  UBreakIterator* sentences_ = nullptr;
  UText text_ = UTEXT_INITIALIZER;
};

Tokenizer::Tokenizer() : icu_(std::make_unique<Icu>()) {}
Tokenizer::~Tokenizer() = default;

std::vector<Token> Tokenizer::tokens(std::string_view text) {
  std::vector<Token> out;
  std::size_t start = 0;
  bool is_in_run = false;
  bool is_ascii = true;
  bool is_unspaced = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto before = at;
    const char32_t c = next_code_point(text, at);
    const bool belongs = is_word_character(c);
    const bool has_no_spaces = belongs && c >= 0x80 && needs_dictionary(c);
    // "GatehouseとLINE" changes between scripts without a space; marks stay with their letter.
    const bool changes_script =
        is_in_run && belongs && has_no_spaces != is_unspaced &&
        (u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_GENERAL_CATEGORY_MASK) &
         static_cast<std::int32_t>(U_GC_M_MASK)) == 0;
    if (is_in_run && (!belongs || changes_script)) {
      add_run(text, start, before, is_ascii, is_unspaced, out);
      is_in_run = false;
    }
    if (!belongs) continue;
    if (!is_in_run) {
      is_in_run = true;
      start = before;
      is_ascii = true;
      is_unspaced = has_no_spaces;
    }
    is_ascii = is_ascii && c < 0x80;
  }
  if (is_in_run) add_run(text, start, text.size(), is_ascii, is_unspaced, out);
  return out;
}

void Tokenizer::add_run(std::string_view text, std::size_t start, std::size_t end, bool is_ascii,
                        bool is_unspaced, std::vector<Token>& out) {
  if (is_ascii) {
    if (is_elision(text, start, end)) return;
    auto term = to_lower_ascii(text.substr(start, std::min(end - start, kMaxTermBytes)));
    stem_english(term);
    out.push_back({.start = start, .end = end, .term = std::move(term)});
    return;
  }
  const auto add = [&](std::size_t from, std::size_t to) {
    constexpr std::size_t kFoldedBytes = kMaxTermBytes * 4;
    auto cut = std::string(text.substr(from, to - from));
    cut_to(cut, kFoldedBytes);
    auto term = fold(cut);
    keep_word_characters(term);
    cut_to(term, kMaxTermBytes);
    stem_english(term);
    if (!term.empty()) out.push_back({.start = from, .end = to, .term = std::move(term)});
  };
  const auto run = text.substr(start, end - start);
  UBreakIterator* const words = is_unspaced ? icu_->words(run) : nullptr;
  if (words == nullptr) {
    add(start, end);
    return;
  }
  std::int32_t from = ubrk_first(words);
  for (std::int32_t to = ubrk_next(words); to != UBRK_DONE; from = to, to = ubrk_next(words)) {
    add(start + static_cast<std::size_t>(from), start + static_cast<std::size_t>(to));
  }
}

std::string Tokenizer::joined_terms(std::string_view text) {
  std::string out;
  for (const auto& token : tokens(text)) {
    if (!out.empty()) out.push_back(' ');
    out += token.term;
  }
  return out;
}

namespace {

// ICU takes the point of these for the end of a sentence.
bool ends_in_abbreviation(std::string_view text) {
  constexpr std::array<std::string_view, 12> kAbbreviations = {
      "e.g.", "i.e.", "vs.", "cf.", "no.", "dr.", "mr.", "mrs.", "ms.", "approx.", "fig.", "z.b."};
  text = trim(text);
  return std::ranges::any_of(kAbbreviations, [&](std::string_view abbreviation) {
    if (text.size() < abbreviation.size()) return false;
    const auto before = text.size() - abbreviation.size();
    if (before > 0 && is_ascii_alphanumeric(static_cast<unsigned char>(text[before - 1]))) {
      return false;
    }
    return equals_ignoring_case(text.substr(before), abbreviation);
  });
}

// "Set `a.b. c`" must not be cut inside its code, nor "**Stop. Now**" inside its emphasis.
bool has_open_markup(std::string_view text) {
  std::size_t ticks = 0;
  std::size_t stars = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') ++ticks;
    if (text.substr(i).starts_with("**")) {
      ++stars;
      ++i;
    }
  }
  return ticks % 2 == 1 || stars % 2 == 1;
}

}  // namespace

std::vector<std::size_t> Tokenizer::sentence_ends(std::string_view text) {
  std::vector<std::size_t> ends;
  std::size_t from = 0;
  const auto add = [&](std::size_t to) {
    while (to - from > kMaxSegmentBytes) {
      const auto space = text.substr(from, kMaxSegmentBytes).rfind(' ');
      auto cut =
          from + (space == std::string_view::npos || space == 0 ? kMaxSegmentBytes : space + 1);
      while (is_utf8_tail(text[cut])) --cut;
      ends.push_back(cut);
      from = cut;
    }
    if (to > from) ends.push_back(to);
    from = to;
  };
  constexpr std::size_t kMaxMendedBytes = 600;
  // For ICU a line feed ends a sentence; in a paragraph it is a space.
  std::string flat(text);
  std::ranges::replace_if(flat, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  if (UBreakIterator* const sentences = icu_->sentences(flat); sentences != nullptr) {
    for (std::int32_t next = ubrk_next(sentences); next != UBRK_DONE; next = ubrk_next(sentences)) {
      const auto to = static_cast<std::size_t>(next);
      const auto sentence = text.substr(from, to - from);
      const bool is_long = sentence.size() > kMaxMendedBytes;
      if (is_long || (!ends_in_abbreviation(sentence) && !has_open_markup(sentence))) add(to);
    }
  }
  add(text.size());
  return ends;
}

}  // namespace gatehouse::knowledge
