// Which part of which chunk answers a question.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gatehouse/knowledge/documents.hpp"
#include "gatehouse/knowledge/question.hpp"
#include "gatehouse/knowledge/tokenizer.hpp"

namespace gatehouse::knowledge {

using TermMask = std::uint32_t;  // a bit for each term of the question
static_assert(kMaxQuestionTerms <= 32);

// How much each term says, and what a set of terms is worth.
class TermWeights {
 public:
  TermWeights(const Question& question, const SearchResult& found);
  double of(TermMask terms) const;
  TermMask own() const { return own_; }  // the terms of this question, not of the one before
  double all() const { return of(own_ | lent_); }
  // The share of the question's own terms, 0 to 1: half by what they say, half by their number, so
  // that one rare word alone doesn't stand for the whole question.
  double coverage(TermMask terms) const;
  // The share of all terms by their number.
  double count_share(TermMask terms) const;

 private:
  static double sum(const std::vector<double>& of, TermMask terms);

  std::vector<double> weights_;
  std::vector<double> counts_;
  TermMask own_ = 0;
  TermMask lent_ = 0;
};

// Segments [first, last] of a chunk, to be quoted as one.
struct Selection {
  std::size_t chunk = 0;  // in the search result
  std::size_t first = 0;
  std::size_t last = 0;
  TermMask terms = 0;   // in the segments and the heading
  double score = 0;     // comparable among the chunks of one answer
  double coverage = 0;  // of the question's own terms
};

// The best selection of each chunk that has one, best first.
std::vector<Selection> select_quotes(const Question& question, const SearchResult& found,
                                     const TermWeights& weights, Tokenizer& tokenizer);

}  // namespace gatehouse::knowledge
