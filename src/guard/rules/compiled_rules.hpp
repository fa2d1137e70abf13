// What scanning reads of the rules of the message stage.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pattern_set.hpp"
#include "score_model.hpp"
#include "word_index.hpp"

namespace gatehouse::guard {

// A word or phrase of a concept, folded.
struct ConceptWord {
  std::uint16_t bytes = 0;
  bool needs_left_border = false;
  bool needs_right_border = false;
  std::vector<std::uint16_t> concepts;
};

// A concept's place in a rule that needs it.
struct ConceptUse {
  std::uint16_t rule = 0;
  std::uint16_t position = 0;
};

struct Concept {
  std::string id;  // empty: a part of one rule's pattern, which says nothing by itself
  Group group = Group::kInjection;
  std::vector<ConceptUse> uses;
};

struct MessageRule {
  std::string id;
  std::string message;
  Group group = Group::kInjection;
  bool is_for_raw = false;
  bool is_for_folded = false;
  bool is_for_decoded = false;
  bool is_ordered = false;
  bool may_cross = false;               // its concepts may stand in different sentences
  std::uint32_t within = 0;             // characters
  std::vector<std::uint16_t> concepts;  // of a near rule
  std::uint32_t first_link = 0;         // of an ordered one, among all links
  std::vector<std::string> matches;
  std::vector<std::string> misses;
  std::string place;  // file and line
};

// What a pattern of a set stands for, if it is no word.
struct PatternMeaning {
  bool is_part = false;
  std::uint16_t index = 0;  // of a rule, or of a concept that is a part of one
};

// Whether a text has one of the characters that forms of code and markup are made of. Patterns
// whose examples all have one are not looked for in prose that has none.
inline constexpr MarkSet kCodeMarks("<>{}[]()|;$=`*#&%\\:\"/\n\r");

struct CompiledMessageRules {
  std::vector<Concept> concepts;
  std::vector<ConceptWord> words;
  std::vector<MessageRule> rules;
  std::size_t links = 0;
  PatternSet raw;  // pattern i is raw_meanings[i]
  std::vector<PatternMeaning> raw_meanings;
  WordIndex index;     // of the words that are ASCII, for texts that are
  PatternSet spelled;  // all words, for other texts: pattern i is words[i]
  PatternSet folded;   // pattern i is folded_meanings[i]
  std::vector<PatternMeaning> folded_meanings;
  PatternSet marked;  // for folded text that has a mark of code: pattern i is marked_meanings[i]
  std::vector<PatternMeaning> marked_meanings;
  ScoreModel model;
};

}  // namespace gatehouse::guard
