// What a question asks for, without knowing any document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/knowledge/tokenizer.hpp"

namespace gatehouse::knowledge {

struct QuestionTerm {
  std::string term;
  std::string word;  // as it was typed, for telling the reader
  double weight =
      1.0;  // weak words ("use", "get") count less; words of the question before less still
  bool is_own = true;  // false: taken over from the question before
};

struct Question {
  std::vector<QuestionTerm> terms;  // without repetition, at most kMaxQuestionTerms
  std::vector<std::string>
      all_terms;               // of this message, stop words too, sorted: for likeness to a heading
  bool is_small_talk = false;  // a greeting or thanks and nothing else
  bool asks_what_it_is = false;  // "What is X?": a definition is the best answer
};
inline constexpr std::size_t kMaxQuestionTerms = 24;
inline constexpr std::size_t kMaxQuestionBytes = 8192;  // what is longer is cut: terms enough

// `previous` is the user message before, empty if there is none; it lends its terms to a follow-up
// such as "and per hour?".
Question analyse_question(std::string_view message, std::string_view previous,
                          Tokenizer& tokenizer);

}  // namespace gatehouse::knowledge
