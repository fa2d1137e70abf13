// From what was found in a message to how sure the guard is: one logistic regression per group of
// families, with the weights that tools/fit_weights.py has fitted.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/guard/rule_document.hpp"

namespace gatehouse::guard {

enum class Group : std::uint8_t { kInjection, kMarkup, kCode, kSpam };
inline constexpr std::size_t kGroups = 4;
std::string_view name_of(Group group);

// The families that rules may name, for the table of keys: "injection|markup|…".
inline constexpr std::string_view kFamilies =
    "injection|markup|sql|nosql|template|path|shell|ldap|url|spam";
Group group_of_family(std::string_view family);

// What is measured rather than matched. Each is about 0 to 1, so that weights can be compared.
enum class Measure : std::uint8_t {
  kRules,     // distinct rules of the group
  kConcepts,  // distinct concepts of the group
  kHidden,    // rules of the group that only a decoded view showed
  kDecoded,   // something was encoded
  kZeroWidth,
  kBidi,
  kTags,
  kMarkStacks,
  kMixedWords,
  kStyled,
  kLeet,
  kSpaced,
  kLength,
  kCapitals,
  kPunctuation,
  kRepeats,
  kLinks,
  kProse,
  kWords,  // what the words say by themselves, apart from all rules
  kCount
};
inline constexpr std::size_t kMeasures = static_cast<std::size_t>(Measure::kCount);
using Measures = std::array<float, kMeasures>;
std::string_view name_of(Measure measure);

float sigmoid(float value);

struct GroupModel {
  float bias = 0;
  float base = 0;               // how sure the group is of a message with nothing in it
  std::vector<float> rules;     // by rule; those of other groups weigh nothing
  std::vector<float> concepts;  // by concept
  Measures measures{};
};

struct NamedRule {
  std::string_view id;
  Group group = Group::kInjection;
  std::uint32_t score = 0;  // prior belief, 0 to 1000
};

// Weights by hash of a word or pair of words, in steps: small enough to stay in a core's cache.
struct WordModel {
  std::vector<std::int8_t> steps;  // a power of two, or none
  float scale = 0;
};

struct ScoreModel {
  std::array<GroupModel, kGroups> groups;
  WordModel words;

  // A rule that the weights don't know gets its weight from its score. Weights of what no longer
  // exists are left out.
  static Result<ScoreModel> make(std::span<const NamedRule> rules,
                                 std::span<const std::string_view> concepts,
                                 const RuleFile* weights);
};

}  // namespace gatehouse::guard
