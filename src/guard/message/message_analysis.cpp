#include "gatehouse/guard/message_analysis.hpp"

#include <algorithm>
#include <cmath>

#include "view_maker.hpp"
#include "word_pass.hpp"

namespace gatehouse::guard {
namespace {

constexpr float kCertain = 0.999F;
// tools/fit_weights.py has the same. What words alone may say:
constexpr float kWordsLeast = -0.5F;
constexpr float kWordsMost = 1.5F;
// How sure a group may be that has found no rule: enough to flag, not to refuse.
constexpr float kMostWithoutRule = 0.7F;
// The same for code in a message that asks about it. Who asks writes words around the code.
constexpr float kMostOfQuestion = 0.75F;
constexpr std::string_view kQuestionConcept = "signal.question";
constexpr std::string_view kAddressRules = "url.";
constexpr std::uint32_t kLeastProseWords = 5;
constexpr std::string_view kLinkMarks[] = {"http://", "https://", "www.", "t.me/", "bit.ly/"};

float share(float count, float most) { return std::min(count, most) / most; }
float share(std::uint32_t count, float most) { return share(static_cast<float>(count), most); }

// Links end in a mark that prose hardly has, so that it is quick to look for.
std::uint32_t count_links(std::string_view folded) {
  std::uint32_t links = 0;
  for (const char last : {'/', '.'}) {
    for (auto at = folded.find(last); at != std::string_view::npos; at = folded.find(last, at + 1))
      links += std::ranges::any_of(kLinkMarks, [&](std::string_view mark) {
        return folded.substr(0, at + 1).ends_with(mark);
      });
  }
  return links;
}

// Whoever asks about code writes sentences around it; a payload stands alone.
bool is_prose(const TextSignals& signals, std::size_t bytes, std::uint32_t words) {
  return words >= kLeastProseWords && (signals.letters + signals.spaces) * 4 >= bytes * 3;
}

// What doesn't depend on the group.
Measures measure(const ViewReport& report, const WordPass& words, std::string_view folded) {
  Measures out{};
  const auto set = [&](Measure measure, float value) {
    out[static_cast<std::size_t>(measure)] = value;
  };
  const auto& signals = report.signals;
  const auto& unicode = report.unicode;
  const auto size = static_cast<float>(folded.size()) + 1;
  const auto word_count = static_cast<float>(words.words) + 1;
  set(Measure::kDecoded, share(report.decoded, 2));
  set(Measure::kZeroWidth, share(unicode.zero_width, 6));
  set(Measure::kBidi, share(unicode.bidi_controls, 4));
  set(Measure::kTags, share(unicode.tag_characters, 8));
  set(Measure::kMarkStacks, share(unicode.mark_stacks, 12));
  set(Measure::kMixedWords, share(unicode.mixed_words, 4));
  set(Measure::kStyled, share(unicode.styled, 16));
  set(Measure::kLeet, report.has_leet ? 1.0F : 0.0F);
  set(Measure::kSpaced, report.is_spaced ? 1.0F : 0.0F);
  set(Measure::kLength, std::log2(size) / 12);
  const bool has_letters = signals.letters >= 16;
  set(Measure::kCapitals,
      has_letters ? static_cast<float>(signals.capitals) / static_cast<float>(signals.letters) : 0);
  set(Measure::kPunctuation, share(words.longest_same_run, 12));
  set(Measure::kRepeats,
      words.words >= 12 ? static_cast<float>(words.repeated) / word_count : 0.0F);
  set(Measure::kProse, is_prose(signals, folded.size(), words.words) ? 1.0F : 0.0F);
  set(Measure::kLinks, share(count_links(folded), 3));
  set(Measure::kWords,
      std::clamp(words.model_sum / std::sqrt(2 * word_count), kWordsLeast, kWordsMost));
  return out;
}

std::string_view name_of_combination(Group group) {
  switch (group) {
    case Group::kInjection:
      return "injection.combined";
    case Group::kMarkup:
      return "markup.combined";
    case Group::kCode:
      return "code.combined";
    case Group::kSpam:
      return "spam.combined";
  }
  return "injection.combined";
}

}  // namespace

struct MessageAnalyzer::Parts {
  explicit Parts(RuleScanner made) : scanner(std::move(made)) {}

  RuleScanner scanner;
  ViewMaker views;
  Measures common{};
  std::uint32_t word_count = 0;
  std::vector<const RuleHit*> counted;  // the hits that are not observed
  std::vector<ObservedHit> observed_hits;

  void count_hits(std::span<const std::string> observed);
  Measures measures_of(Group group) const;
  // How sure the group is, beyond what it says of a message with nothing in it.
  float confidence_of(Group group) const;
  const RuleHit* strongest_of(Group group) const;
  bool is_question() const;
};

void MessageAnalyzer::Parts::count_hits(std::span<const std::string> observed) {
  counted.clear();
  observed_hits.clear();
  for (const auto& hit : scanner.hits()) {
    const std::string_view id = scanner.rules().rules[hit.rule].id;
    if (!observed.empty() && std::ranges::find(observed, id) != observed.end()) {
      observed_hits.push_back({id, hit.text()});
    } else {
      counted.push_back(&hit);
    }
  }
}

Measures MessageAnalyzer::Parts::measures_of(Group group) const {
  const auto& compiled = scanner.rules();
  std::uint32_t rules = 0;
  std::uint32_t hidden = 0;
  std::uint32_t concepts = 0;
  for (const auto* hit : counted) {
    const bool is_own = compiled.rules[hit->rule].group == group;
    rules += is_own ? 1 : 0;
    hidden += is_own && hit->is_hidden ? 1 : 0;
  }
  for (const auto concept_index : scanner.concepts())
    concepts += compiled.concepts[concept_index].group == group ? 1 : 0;
  Measures out = common;
  out[static_cast<std::size_t>(Measure::kRules)] = share(rules, 6);
  out[static_cast<std::size_t>(Measure::kConcepts)] = share(concepts, 10);
  out[static_cast<std::size_t>(Measure::kHidden)] = share(hidden, 2);
  return out;
}

float MessageAnalyzer::Parts::confidence_of(Group group) const {
  const auto& model = scanner.rules().model.groups[static_cast<std::size_t>(group)];
  float sum = model.bias;
  // What another group's rules found says nothing of this one.
  for (const auto* hit : counted)
    sum += scanner.rules().rules[hit->rule].group == group ? model.rules[hit->rule] : 0;
  for (const auto concept_index : scanner.concepts()) sum += model.concepts[concept_index];
  const Measures measures = measures_of(group);
  for (std::size_t i = 0; i < kMeasures; ++i) sum += model.measures[i] * measures[i];
  const float sure = std::max(0.0F, (sigmoid(sum) - model.base) / (1.0F - model.base));
  const bool has_rule = measures[static_cast<std::size_t>(Measure::kRules)] > 0;
  if (!has_rule) return std::min(kMostWithoutRule, sure);
  const bool is_code = group == Group::kCode || group == Group::kMarkup;
  return is_code && sure > kMostOfQuestion && is_question() ? kMostOfQuestion : sure;
}

// Code that is asked about runs nowhere. An address is different: who asks what is there has it
// opened.
bool MessageAnalyzer::Parts::is_question() const {
  if (word_count < kLeastProseWords) return false;
  const bool has_address = std::ranges::any_of(counted, [&](const RuleHit* hit) {
    return scanner.rules().rules[hit->rule].id.starts_with(kAddressRules);
  });
  return !has_address && std::ranges::any_of(scanner.concepts(), [&](std::uint16_t index) {
    return scanner.rules().concepts[index].id == kQuestionConcept;
  });
}

const RuleHit* MessageAnalyzer::Parts::strongest_of(Group group) const {
  const auto& weights = scanner.rules().model.groups[static_cast<std::size_t>(group)].rules;
  const RuleHit* strongest = nullptr;
  for (const auto* hit : counted) {
    if (scanner.rules().rules[hit->rule].group != group) continue;
    if (strongest == nullptr || weights[hit->rule] > weights[strongest->rule]) strongest = hit;
  }
  return strongest;
}

MessageAnalyzer::MessageAnalyzer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
MessageAnalyzer::~MessageAnalyzer() = default;

Result<std::unique_ptr<MessageAnalyzer>> MessageAnalyzer::make(
    std::shared_ptr<const MessageRules> rules) {
  auto scanner = RuleScanner::make(std::move(rules));
  if (!scanner) return std::unexpected(scanner.error());
  auto parts = std::make_unique<Parts>(std::move(*scanner));
  return std::unique_ptr<MessageAnalyzer>(new MessageAnalyzer(std::move(parts)));
}

MessageFindings MessageAnalyzer::read(std::string_view text, MessageOrigin origin,
                                      std::span<const std::string> observed) {
  auto& parts = *parts_;
  parts.scanner.begin();
  const ViewReport report = parts.views.scan(text, parts.scanner);
  const WordPass& words = report.words;
  parts.word_count = words.words;
  parts.common = measure(report, words, parts.views.folded());
  parts.count_hits(observed);
  MessageFindings findings{.similarity = words.similarity, .words = words.words};
  float innocence = 1;
  float surest = 0;
  Group group = Group::kInjection;
  for (std::size_t i = 0; i < kGroups; ++i) {
    // What tools give back and documents hold is full of code and links by right, and of any words.
    if (origin != MessageOrigin::kPerson && static_cast<Group>(i) != Group::kInjection) continue;
    const bool is_judged =
        origin == MessageOrigin::kPerson || parts.strongest_of(static_cast<Group>(i)) != nullptr;
    const float confidence = is_judged ? parts.confidence_of(static_cast<Group>(i)) : 0;
    innocence *= 1.0F - confidence;
    if (confidence <= surest) continue;
    surest = confidence;
    group = static_cast<Group>(i);
  }
  findings.confidence =
      static_cast<std::uint16_t>(std::lround(std::min(kCertain, 1.0F - innocence) * 1000));
  const auto* strongest = parts.strongest_of(group);
  if (strongest == nullptr) {
    findings.rule = name_of_combination(group);
  } else {
    findings.rule = parts.scanner.rules().rules[strongest->rule].id;
    findings.evidence = strongest->text();
    findings.is_hidden = strongest->is_hidden;
  }
  return findings;
}

std::span<const ObservedHit> MessageAnalyzer::observed_hits() const {
  return parts_->observed_hits;
}

std::vector<MessageAnalyzer::Feature> MessageAnalyzer::features() const {
  const auto& compiled = parts_->scanner.rules();
  std::vector<Feature> out;
  for (std::size_t i = 0; i < kGroups; ++i) {
    const auto group = static_cast<Group>(i);
    for (const auto* hit : parts_->counted) {
      const auto& rule = compiled.rules[hit->rule];
      if (rule.group == group) out.push_back({name_of(group), rule.id, 1});
    }
    for (const auto concept_index : parts_->scanner.concepts()) {
      const auto& found = compiled.concepts[concept_index];
      if (found.group == group) out.push_back({name_of(group), "concept:" + found.id, 1});
    }
    const Measures measures = parts_->measures_of(group);
    for (std::size_t m = 0; m < kMeasures; ++m) {
      if (measures[m] != 0)
        out.push_back({name_of(group), std::string(name_of(static_cast<Measure>(m))), measures[m]});
    }
  }
  return out;
}

std::vector<std::string_view> MessageAnalyzer::rules_found() const {
  std::vector<std::string_view> out;
  for (const auto& hit : parts_->scanner.hits())
    out.push_back(parts_->scanner.rules().rules[hit.rule].id);
  return out;
}

std::vector<std::uint32_t> MessageAnalyzer::word_places(std::size_t size) const {
  return guard::word_places(parts_->views.folded(), size);
}

std::vector<std::string> failing_examples(const std::shared_ptr<const MessageRules>& rules) {
  auto analyzer = MessageAnalyzer::make(rules);
  if (!analyzer) return {analyzer.error().client_message};
  std::vector<std::string> failing;
  for (const auto& rule : rules->compiled().rules) {
    const auto run = [&](const std::string& example, bool should_match) {
      (*analyzer)->read(example, MessageOrigin::kPerson);
      const auto found = (*analyzer)->rules_found();
      if ((std::ranges::find(found, rule.id) != found.end()) == should_match) return;
      failing.push_back(rule.place + ": " + rule.id +
                        (should_match ? " does not match \"" : " matches \"") + example + "\"");
    };
    for (const auto& example : rule.matches) run(example, true);
    for (const auto& example : rule.misses) run(example, false);
  }
  return failing;
}

}  // namespace gatehouse::guard
