// Folding: the form in which a message is compared with rules.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "confusables.hpp"

namespace gatehouse::guard {

// Characters whose only use in a chat is to hide or to mislead, counted while folding.
struct UnicodeSignals {
  std::uint32_t zero_width = 0;  // between two Latin letters; elsewhere scripts and emoji need it
  std::uint32_t bidi_controls = 0;   // overrides, embeddings and isolates
  std::uint32_t tag_characters = 0;  // not those of a flag
  std::uint32_t private_use = 0;
  std::uint32_t unassigned = 0;
  std::uint32_t mark_stacks = 0;  // the third and further marks on one letter
  std::uint32_t mixed_words = 0;  // Latin letters and their look-alikes in one word
  std::uint32_t styled = 0;       // letters in a mathematical, enclosed or wide form
};

struct FoldedText {
  std::string text;
  std::string tag_text;  // what tag characters spell
  UnicodeSignals signals;
};

// Folds compatibility forms and case (NFKC_Casefold), drops what is invisible and the accents of
// letters, makes every run of white space one space and quotes and dashes plain, and reads
// look-alikes as Latin letters: in words that mix scripts, and in words of nothing but look-alikes
// if the text has no honest word of their script. Folding what is folded changes nothing.
// One per worker: it remembers characters it has met. Not for several threads.
class Folder {
 public:
  Folder();
  // Replaces `folded`; `text` must be valid UTF-8. Allocates only when the buffers grow. A single
  // word out of its text (`is_context` false) is not judged by the words around it.
  void fold(std::string_view text, FoldedText& folded, bool is_context = true);

 private:
  enum class Kind : std::uint8_t {
    kPlain,
    kSpace,
    kDropped,
    kMark,
    kZeroWidth,
    kBidi,
    kTag,
    kPrivate,
    kUnassigned,
    kStyled
  };
  struct Character {
    char32_t code_point = 0;
    Kind kind = Kind::kPlain;
    Script script = Script::kNone;
    bool is_look_alike = false;
    bool needs_composing = false;
    std::uint8_t size = 0;
    std::array<char, 18> bytes{};
  };
  class Run;

  const Character& look_up(char32_t code_point);
  static Character describe(char32_t code_point);

  std::vector<Character> known_;
};

// Whether the text is in NFC already, and if not, makes it so.
void compose(std::string& text);

}  // namespace gatehouse::guard
