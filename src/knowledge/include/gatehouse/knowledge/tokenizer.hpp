// Text to the terms that index and questions share.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::knowledge {

// Where a word begins and ends in bytes, and the term it is indexed under: case, width and accents
// folded, English endings cut. A term consists of letters, marks and digits only.
struct Token {
  std::size_t start = 0;
  std::size_t end = 0;
  std::string term;
};
inline constexpr std::size_t kMaxTermBytes = 64;  // what is longer is cut: no reader types it

// Runs of letters and digits are words; scripts written without spaces (Chinese, Japanese, Thai,
// Lao, Khmer, Burmese) are segmented with ICU's dictionaries. Holds the iterators for that, so it
// serves one thread at a time.
class Tokenizer {
 public:
  Tokenizer();
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // `text` must be valid UTF-8.
  std::vector<Token> tokens(std::string_view text);
  // The terms joined by spaces.
  std::string joined_terms(std::string_view text);
  // The byte offsets where the sentences of `text` end; the last is text.size(). White space after
  // a sentence belongs to it. A text longer than kMaxSegmentBytes is cut there at a space.
  std::vector<std::size_t> sentence_ends(std::string_view text);

 private:
  class Icu;
  void add_run(std::string_view text, std::size_t start, std::size_t end, bool is_ascii,
               bool needs_dictionary, std::vector<Token>& out);

  std::unique_ptr<Icu> icu_;
};

}  // namespace gatehouse::knowledge
