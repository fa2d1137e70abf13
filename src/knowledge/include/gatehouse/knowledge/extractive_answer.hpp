// An answer made of nothing but quotes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gatehouse/knowledge/documents.hpp"
#include "gatehouse/knowledge/question.hpp"
#include "gatehouse/knowledge/tokenizer.hpp"

namespace gatehouse::knowledge {

inline constexpr std::size_t kMaxAnswerSources = 3;

struct AnswerSource {
  std::uint32_t number = 0;  // the [n] in the text
  std::string document_id;
  std::string file;
  std::string title;
  std::string heading;
  std::uint64_t start = 0;  // code points into the document's text
  std::uint64_t end = 0;
  std::string quote;  // exactly the document's text between them
};

// The text in pieces: words of ours, or the quote of a source followed by its marker.
struct AnswerPart {
  std::string text;          // Markdown
  std::uint32_t source = 0;  // 0: none
};

struct ExtractiveAnswer {
  bool is_known = false;  // false: the documents don't say, and `sources` is empty
  std::vector<AnswerPart> parts;
  std::vector<AnswerSource> sources;

  std::string text() const;
};

// Picks the sentences, list items, code and table rows that answer and quotes them; says plainly
// when the informative words of the question aren't there. Deterministic; no I/O.
ExtractiveAnswer compose_answer(const Question& question, const SearchResult& found,
                                Tokenizer& tokenizer);

}  // namespace gatehouse::knowledge
