#include "score_model.hpp"

#include <algorithm>
#include <cmath>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::array<std::string_view, kGroups> kGroupNames = {"injection", "markup", "code",
                                                               "spam"};
constexpr std::array<std::string_view, kMeasures> kMeasureNames = {
    "rules",       "concepts",    "hidden", "decoded", "zero_width", "bidi",   "tags",
    "mark_stacks", "mixed_words", "styled", "leet",    "spaced",     "length", "capitals",
    "punctuation", "repeats",     "links",  "prose",   "words"};
constexpr std::string_view kConceptPrefix = "concept:";
constexpr float kPriorBias = -3.5F;  // of a group without fitted weights: one in thirty
constexpr std::size_t kWordsMost = 1U << 16;

constexpr RuleKey kGroupKeys[] = {
    {.name = "id", .is_required = true, .choices = "injection|markup|code|spam"},
    {.name = "bias", .type = RuleKeyType::kNumber, .is_required = true},
    {.name = "features", .type = RuleKeyType::kTexts, .is_required = true},
    {.name = "report", .type = RuleKeyType::kTexts},
};
constexpr RuleKey kWordKeys[] = {
    {.name = "size", .type = RuleKeyType::kInteger, .is_required = true, .most = kWordsMost},
    {.name = "scale", .type = RuleKeyType::kNumber, .is_required = true},
    {.name = "values", .type = RuleKeyType::kTexts, .is_required = true},
};
constexpr RuleForm kForms[] = {{"group", kGroupKeys}, {"words", kWordKeys}};
constexpr RuleLimits kLimits{.texts = 65536};

float logit(double probability) {
  const double bounded = std::clamp(probability, 0.01, 0.99);
  return static_cast<float>(std::log(bounded / (1 - bounded)));
}

struct Names {
  std::span<const NamedRule> rules;
  std::span<const std::string_view> concepts;
};

// The weight a feature's name stands for; nullptr if there is no such thing any more.
float* slot_of(GroupModel& model, const Names& names, std::string_view feature) {
  if (feature.starts_with(kConceptPrefix)) {
    const auto id = feature.substr(kConceptPrefix.size());
    const auto found = std::ranges::find(names.concepts, id);
    return found == names.concepts.end()
               ? nullptr
               : &model.concepts[static_cast<std::size_t>(found - names.concepts.begin())];
  }
  if (const auto* found = std::ranges::find(kMeasureNames, feature); found != kMeasureNames.end())
    return &model.measures[static_cast<std::size_t>(found - kMeasureNames.begin())];
  const auto found = std::ranges::find(names.rules, feature, &NamedRule::id);
  return found == names.rules.end()
             ? nullptr
             : &model.rules[static_cast<std::size_t>(found - names.rules.begin())];
}

// "injection.override_instructions 2.31"
Result<void> read_features(const RuleEntry& entry, const Names& names, GroupModel& model) {
  for (const auto& line : entry.texts("features")) {
    const auto space = line.rfind(' ');
    char* end = nullptr;
    const std::string number = space == std::string::npos ? "" : line.substr(space + 1);
    const float weight = std::strtof(number.c_str(), &end);
    const bool is_number = !number.empty() && *end == '\0' && std::isfinite(weight);
    if (!is_number)
      return entry.fault("features",
                         "holds '" + line + "', which is no name and weight. Fit anew.");
    if (auto* slot = slot_of(model, names, std::string_view(line).substr(0, space))) *slot = weight;
  }
  return {};
}

// Each byte a weight: 'A' to 'z' in steps around zero, several thousand in few lines.
Result<void> read_words(const RuleEntry& entry, ScoreModel& model) {
  constexpr int kZero = 'S';
  auto& steps = model.words.steps;
  model.words.scale = static_cast<float>(entry.number("scale"));
  for (const auto& line : entry.texts("values")) {
    for (const char c : line) steps.push_back(static_cast<std::int8_t>(c - kZero));
  }
  const auto size = steps.size();
  const bool is_power = size != 0 && (size & (size - 1)) == 0;
  if (static_cast<std::int64_t>(size) != entry.integer("size") || !is_power)
    return entry.fault("values", "don't fit the size. Fit anew.");
  return {};
}

GroupModel prior_model(std::span<const NamedRule> rules, std::size_t concepts, Group group) {
  GroupModel model{.bias = kPriorBias,
                   .base = sigmoid(kPriorBias),
                   .rules = {},
                   .concepts = std::vector<float>(concepts)};
  for (const auto& rule : rules) {
    model.rules.push_back(rule.group == group ? logit(rule.score / 1000.0) - kPriorBias : 0);
  }
  return model;
}

}  // namespace

std::string_view name_of(Group group) { return kGroupNames[static_cast<std::size_t>(group)]; }
std::string_view name_of(Measure measure) {
  return kMeasureNames[static_cast<std::size_t>(measure)];
}

Group group_of_family(std::string_view family) {
  const auto* found = std::ranges::find(kGroupNames, family);
  return found == kGroupNames.end() ? Group::kCode
                                    : static_cast<Group>(found - kGroupNames.begin());
}

float sigmoid(float value) { return 1.0F / (1.0F + std::exp(-value)); }

Result<ScoreModel> ScoreModel::make(std::span<const NamedRule> rules,
                                    std::span<const std::string_view> concepts,
                                    const RuleFile* weights) {
  ScoreModel made;
  for (std::size_t group = 0; group < kGroups; ++group)
    made.groups[group] = prior_model(rules, concepts.size(), static_cast<Group>(group));
  if (weights == nullptr) return made;
  const auto entries = read_rule_document(*weights, kForms, kLimits);
  if (!entries) return std::unexpected(entries.error());
  for (const auto& entry : *entries) {
    Result<void> read;
    if (entry.form() == "words") {
      read = read_words(entry, made);
    } else {
      const auto* name = std::ranges::find(kGroupNames, entry.text("id"));
      auto& model = made.groups[static_cast<std::size_t>(name - kGroupNames.begin())];
      const auto bias = static_cast<float>(entry.number("bias"));
      // A rule newer than the fit keeps its distance from the bias.
      for (auto& weight : model.rules) weight += weight == 0 ? 0 : model.bias - bias;
      model.bias = bias;
      model.base = sigmoid(bias);
      read = read_features(entry, {rules, concepts}, model);
    }
    if (!read) return std::unexpected(read.error());
  }
  return made;
}

}  // namespace gatehouse::guard
