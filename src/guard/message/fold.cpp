#include "fold.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kKnown = 2048;  // a power of two

const icu::Normalizer2* casefolding() {
  UErrorCode status = U_ZERO_ERROR;
  return icu::Normalizer2::getNFKCCasefoldInstance(status);
}
const icu::Normalizer2* decomposing() {
  UErrorCode status = U_ZERO_ERROR;
  return icu::Normalizer2::getNFDInstance(status);
}
const icu::Normalizer2* composing() {
  UErrorCode status = U_ZERO_ERROR;
  return icu::Normalizer2::getNFCInstance(status);
}

bool is_between(char32_t character, char32_t first, char32_t last) {
  return character >= first && character <= last;
}

// Accents and the like. The marks of other scripts belong to their letters and stay.
bool is_accent(char32_t character) {
  return is_between(character, 0x300, 0x36F) || is_between(character, 0x1AB0, 0x1AFF) ||
         is_between(character, 0x1DC0, 0x1DFF) || is_between(character, 0x20D0, 0x20FF) ||
         is_between(character, 0xFE20, 0xFE2F);
}

bool is_bidi_control(char32_t character) {
  return is_between(character, 0x202A, 0x202E) || is_between(character, 0x2066, 0x2069);
}

bool is_zero_width(char32_t character) {
  return is_between(character, 0x200B, 0x200D) || character == 0x2060 || character == 0xFEFF ||
         character == 0xAD || character == 0x34F || character == 0x180E;
}

// Quotes and dashes that keyboards and word processors put for the plain ones; 0 if it is none.
char plain_mark(char32_t character) {
  switch (character) {
    case U'‘':
    case U'’':
    case U'‛':
    case U'ʼ':
    case U'′':
    case U'´':
      return '\'';
    case U'“':
    case U'”':
    case U'„':
    case U'‟':
    case U'″':
      return '"';
    case U'‐':
    case U'‑':
    case U'‒':
    case U'–':
    case U'—':
    case U'―':
    case U'−':
      return '-';
    default:
      return '\0';
  }
}

// One code point in the form it is compared in.
icu::UnicodeString folded_form(char32_t code_point) {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString text(static_cast<UChar32>(code_point));
  text = decomposing()->normalize(casefolding()->normalize(text, status), status);
  icu::UnicodeString out;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const auto character = static_cast<char32_t>(text.char32At(i));
    if (is_accent(character)) continue;
    const char latin = plain_latin(character);
    const char mark = plain_mark(character);
    out.append(latin != 0  ? static_cast<UChar32>(latin)
               : mark != 0 ? static_cast<UChar32>(mark)
                           : static_cast<UChar32>(character));
  }
  return composing()->normalize(out, status);
}

}  // namespace

void compose(std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  if (composing()->isNormalizedUTF8(text, status) != 0) return;
  std::string composed;
  icu::StringByteSink<std::string> sink(&composed);
  composing()->normalizeUTF8(0, text, sink, nullptr, status);
  if (U_SUCCESS(status)) text = std::move(composed);
}

Folder::Folder() : known_(kKnown) {}

Folder::Character Folder::describe(char32_t code_point) {
  Character character{.code_point = code_point};
  const auto point = static_cast<UChar32>(code_point);
  const auto category = u_charType(point);
  const auto as = [&](Kind kind) {
    character.kind = kind;
    return character;
  };
  if (is_between(code_point, 0xE0000, 0xE007F)) return as(Kind::kTag);
  if (is_bidi_control(code_point)) return as(Kind::kBidi);
  if (is_zero_width(code_point)) return as(Kind::kZeroWidth);
  if (is_accent(code_point)) return as(Kind::kMark);
  if (u_isUWhiteSpace(point) != 0 || category == U_CONTROL_CHAR) return as(Kind::kSpace);
  if (category == U_PRIVATE_USE_CHAR) character.kind = Kind::kPrivate;
  if (category == U_UNASSIGNED) character.kind = Kind::kUnassigned;
  const auto form = folded_form(code_point);
  if (form.isEmpty()) return as(Kind::kDropped);
  std::string bytes;
  form.toUTF8String(bytes);
  // The few that unfold to a sentence (U+FDFA) say nothing in Latin letters.
  if (bytes.size() > character.bytes.size()) return as(Kind::kSpace);
  character.size = static_cast<std::uint8_t>(bytes.copy(character.bytes.data(), bytes.size()));
  const auto first = static_cast<char32_t>(form.char32At(0));
  character.script = script_of(first);
  character.is_look_alike = latin_look_alike(first) != 0;
  if (first == U' ') return as(Kind::kSpace);
  const bool is_styled = character.script == Script::kLatin && form.length() == 1 && first < 0x80 &&
                         (code_point > 0x2000 || plain_latin(code_point) != 0);
  if (is_styled) character.kind = Kind::kStyled;
  character.needs_composing = composing()->hasBoundaryBefore(static_cast<UChar32>(first)) == 0 ||
                              category == U_NON_SPACING_MARK;
  return character;
}

const Folder::Character& Folder::look_up(char32_t code_point) {
  auto& slot = known_[(code_point ^ (code_point >> 11)) & (kKnown - 1)];
  if (slot.code_point != code_point) slot = describe(code_point);
  return slot;
}

// One folding of one text.
class Folder::Run {
 public:
  Run(Folder& folder, std::string_view text, FoldedText& folded)
      : folder_(folder), text_(text), out_(folded.text), folded_(folded) {}

  void run(bool is_context) {
    std::size_t at = 0;
    while (at < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at]);
      if (byte < 0x80) {
        take_ascii(text_[at++]);
      } else {
        take(folder_.look_up(next_code_point(text_, at)), at);
      }
    }
    end_word();
    if (needs_composing_) compose(out_);
    if (is_context && has_pretenders_ && !has_honest_) read_as_latin(0);
  }

 private:
  void take_ascii(char c) {
    marks_ = 0;
    is_in_flag_ = false;
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7F) return take_space();
    const char lower = to_lower_ascii(c);
    if (lower >= 'a' && lower <= 'z') {
      add_letter(Script::kLatin, false);
    } else if (!is_digit_ascii(c)) {
      end_word();
    }
    out_ += lower;
  }

  void take_space() {
    end_word();
    if (!out_.empty() && out_.back() != ' ') out_ += ' ';
    if (out_.empty()) out_ += ' ';
  }

  void take(const Character& character, std::size_t behind) {
    auto& signals = folded_.signals;
    if (character.kind != Kind::kMark) marks_ = 0;
    switch (character.kind) {
      case Kind::kSpace:
        return take_space();
      case Kind::kDropped:
        return;
      case Kind::kMark:
        if (++marks_ > 2) ++signals.mark_stacks;
        return;
      case Kind::kZeroWidth:
        if (is_between_latin(behind)) ++signals.zero_width;
        return;
      case Kind::kBidi:
        ++signals.bidi_controls;
        return;
      case Kind::kTag:
        return take_tag(character.code_point);
      case Kind::kPrivate:
        ++signals.private_use;
        break;
      case Kind::kUnassigned:
        ++signals.unassigned;
        break;
      case Kind::kStyled:
        ++signals.styled;
        break;
      case Kind::kPlain:
        break;
    }
    is_in_flag_ = character.code_point == 0x1F3F4;
    if (character.script == Script::kNone) {
      end_word();
    } else {
      add_letter(character.script, character.is_look_alike);
    }
    needs_composing_ |= character.needs_composing;
    out_.append(character.bytes.data(), character.size);
  }

  void take_tag(char32_t code_point) {
    if (is_in_flag_) return;
    ++folded_.signals.tag_characters;
    if (code_point >= 0xE0020 && code_point < 0xE007F)
      folded_.tag_text += static_cast<char>(code_point - 0xE0000);
  }

  bool is_between_latin(std::size_t behind) const {
    return !out_.empty() && script_of(static_cast<unsigned char>(out_.back())) == Script::kLatin &&
           behind < text_.size() &&
           script_of(static_cast<unsigned char>(text_[behind])) == Script::kLatin;
  }

  void add_letter(Script script, bool is_look_alike) {
    if (!is_in_word_) {
      is_in_word_ = true;
      word_start_ = out_.size();
      has_latin_ = has_other_ = false;
      is_pretending_ = true;
    }
    if (script == Script::kLatin) {
      has_latin_ = true;
    } else {
      has_other_ = true;
      is_pretending_ &= is_look_alike;
    }
  }

  void end_word() {
    if (!is_in_word_) return;
    is_in_word_ = false;
    if (!has_other_) return;
    if (has_latin_) {
      if (read_as_latin(word_start_)) ++folded_.signals.mixed_words;
    } else if (is_pretending_) {
      has_pretenders_ = true;
    } else {
      has_honest_ = true;
    }
  }

  // Puts Latin letters for look-alikes from `start` on. False: there were none.
  bool read_as_latin(std::size_t start) {
    std::size_t to = start;
    bool has_changed = false;
    for (std::size_t at = start; at < out_.size();) {
      const std::size_t from = at;
      const char latin = latin_look_alike(next_code_point(out_, at));
      if (latin != 0) {
        out_[to++] = latin;
        has_changed = true;
      } else {
        for (std::size_t i = from; i < at; ++i) out_[to++] = out_[i];
      }
    }
    out_.resize(to);
    return has_changed;
  }

  Folder& folder_;
  std::string_view text_;
  std::string& out_;
  FoldedText& folded_;
  std::size_t word_start_ = 0;
  std::uint32_t marks_ = 0;
  bool is_in_word_ = false;
  bool has_latin_ = false;
  bool has_other_ = false;
  bool is_pretending_ = false;   // the word has nothing but look-alikes
  bool has_pretenders_ = false;  // a word before was one
  bool has_honest_ = false;
  bool is_in_flag_ = false;
  bool needs_composing_ = false;
};

void Folder::fold(std::string_view text, FoldedText& folded, bool is_context) {
  folded.text.clear();
  folded.tag_text.clear();
  folded.signals = {};
  Run(*this, text, folded).run(is_context);
}

}  // namespace gatehouse::guard
