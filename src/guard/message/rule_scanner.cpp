#include "rule_scanner.hpp"

#include <algorithm>

#include "confusables.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::uint64_t kGap = 1U << 16;  // between views: more than any rule's reach in bytes
constexpr std::size_t kBytesPerCharacter = 4;
constexpr std::size_t kLeastJoinedWord = 5;
constexpr std::size_t kExcerptBefore = 56;
constexpr std::size_t kMaskedDigits = 4;

bool is_inside_word(char32_t character) {
  if (character < 0x80) {
    return script_of(character) != Script::kNone || (character >= U'0' && character <= U'9');
  }
  return script_of(character) != Script::kNone && !is_written_without_borders(character);
}

std::size_t character_start(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && is_utf8_tail(text[at])) --at;
  return at;
}

// Numbers of four digits and more are somebody's.
void mask_digits(RuleHit& hit) {
  std::size_t run = 0;
  for (std::size_t i = 0; i <= hit.excerpt_bytes; ++i) {
    if (i < hit.excerpt_bytes && is_digit_ascii(hit.excerpt[i])) {
      ++run;
      continue;
    }
    if (run >= kMaskedDigits)
      std::fill_n(hit.excerpt.begin() + static_cast<std::ptrdiff_t>(i - run), run, '#');
    run = 0;
  }
}

}  // namespace

RuleScanner::RuleScanner(std::shared_ptr<const MessageRules> rules, PatternScratch raw,
                         PatternScratch folded, PatternScratch marked)
    : rules_(std::move(rules)),
      raw_scratch_(std::move(raw)),
      folded_scratch_(std::move(folded)),
      marked_scratch_(std::move(marked)) {
  const auto& compiled = rules_->compiled();
  hits_.reserve(kHits);
  concepts_seen_.reserve(compiled.concepts.size());
  is_rule_hit_.resize(compiled.rules.size());
  is_concept_seen_.resize(compiled.concepts.size());
  last_end_.resize(compiled.concepts.size());
  links_.resize(compiled.links);
}

Result<RuleScanner> RuleScanner::make(std::shared_ptr<const MessageRules> rules) {
  auto raw = rules->compiled().raw.make_scratch();
  if (!raw) return std::unexpected(raw.error());
  auto folded = rules->compiled().folded.make_scratch();
  if (!folded) return std::unexpected(folded.error());
  auto marked = rules->compiled().marked.make_scratch();
  if (!marked) return std::unexpected(marked.error());
  return RuleScanner(std::move(rules), std::move(*raw), std::move(*folded), std::move(*marked));
}

void RuleScanner::begin() {
  for (const auto& hit : hits_) is_rule_hit_[hit.rule] = 0;
  for (const auto concept_index : concepts_seen_) is_concept_seen_[concept_index] = 0;
  hits_.clear();
  concepts_seen_.clear();
}

// Raw rules are for forms, too: lines, brackets, tags.
void RuleScanner::scan_raw(std::string_view text, ViewKind kind) {
  text_ = text;
  kind_ = kind;
  is_raw_ = true;
  if (has_marks(text)) scan(rules().raw, raw_scratch_, &RuleScanner::on_raw);
}

void RuleScanner::scan_folded(std::string_view text, ViewKind kind) {
  text_ = text;
  kind_ = kind;
  is_raw_ = false;
  scan(rules().folded, folded_scratch_, &RuleScanner::on_folded);
  if (has_marks(text)) scan(rules().marked, marked_scratch_, &RuleScanner::on_marked);
}

void RuleScanner::scan(const PatternSet& set, const PatternScratch& scratch,
                       PatternSet::OnMatch on_match) {
  base_ += kGap;
  set.scan(scratch, text_, on_match, this);
  base_ += text_.size();
}

void RuleScanner::on_raw(void* self, std::uint32_t pattern, std::size_t end) {
  auto& scanner = *static_cast<RuleScanner*>(self);
  scanner.on_expression(scanner.rules().raw_meanings[pattern], end);
}

void RuleScanner::on_marked(void* self, std::uint32_t pattern, std::size_t end) {
  auto& scanner = *static_cast<RuleScanner*>(self);
  scanner.on_expression(scanner.rules().marked_meanings[pattern], end);
}

void RuleScanner::on_folded(void* self, std::uint32_t pattern, std::size_t end) {
  auto& scanner = *static_cast<RuleScanner*>(self);
  const auto& compiled = scanner.rules();
  if (pattern < compiled.words.size()) {
    scanner.on_word(compiled.words[pattern], end);
  } else {
    scanner.on_expression(compiled.folded_meanings[pattern - compiled.words.size()], end);
  }
}

void RuleScanner::on_expression(PatternMeaning meaning, std::size_t end) {
  if (meaning.is_part) {
    on_concept(meaning.index, end);
  } else {
    add_hit(meaning.index, end);
  }
}

void RuleScanner::on_word(const ConceptWord& word, std::size_t end) {
  const bool is_joined = kind_ == ViewKind::kJoined && word.bytes >= kLeastJoinedWord;
  if (!is_joined && !has_borders(word, end)) return;
  for (const auto concept_index : word.concepts) on_concept(concept_index, end);
}

bool RuleScanner::has_borders(const ConceptWord& word, std::size_t end) const {
  const std::size_t start = end - word.bytes;
  if (word.needs_left_border && start > 0) {
    std::size_t before = character_start(text_, start - 1);
    if (is_inside_word(next_code_point(text_, before))) return false;
  }
  if (!word.needs_right_border || end >= text_.size()) return true;
  std::size_t behind = end;
  return !is_inside_word(next_code_point(text_, behind));
}

void RuleScanner::on_concept(std::uint16_t concept_index, std::size_t end) {
  if (is_concept_seen_[concept_index] == 0 && !rules().concepts[concept_index].id.empty()) {
    is_concept_seen_[concept_index] = 1;
    concepts_seen_.push_back(concept_index);
  }
  const std::uint64_t at = base_ + end;
  last_end_[concept_index] = at;
  for (const auto& use : rules().concepts[concept_index].uses) {
    const auto& rule = rules().rules[use.rule];
    const bool is_whole = rule.is_ordered ? continues(rule, use.position, at) : is_near(rule, at);
    if (is_whole) add_hit(use.rule, end);
  }
}

// Ends come in order, so the latest occurrence of each concept is the nearest one.
bool RuleScanner::is_near(const MessageRule& rule, std::uint64_t end) const {
  std::uint64_t start = end;
  for (const auto concept_index : rule.concepts) start = std::min(start, last_end_[concept_index]);
  return start > 0 && is_within(rule, start, end);
}

// A chain is as near as its latest beginning.
bool RuleScanner::continues(const MessageRule& rule, std::uint16_t position, std::uint64_t end) {
  auto* links = &links_[rule.first_link];
  links[position] = position == 0 ? end : links[position - 1];
  const bool is_last = position + std::size_t{1} == rule.concepts.size();
  return is_last && links[position] != 0 && is_within(rule, links[position], end);
}

bool RuleScanner::is_within(const MessageRule& rule, std::uint64_t start, std::uint64_t end) const {
  const std::uint64_t bytes = end - start;
  if (bytes <= rule.within) return true;
  if (bytes > rule.within * kBytesPerCharacter || start < base_) return false;
  return count_code_points(text_.substr(start - base_, bytes)) <= rule.within;
}

bool RuleScanner::is_wanted(const MessageRule& rule) const {
  if (kind_ != ViewKind::kPlain) return rule.is_for_decoded;
  return is_raw_ ? rule.is_for_raw : rule.is_for_folded;
}

void RuleScanner::add_hit(std::uint16_t rule, std::size_t end) {
  if (is_rule_hit_[rule] != 0 || hits_.size() == kHits || !is_wanted(rules().rules[rule])) return;
  is_rule_hit_[rule] = 1;
  RuleHit hit{.rule = rule, .is_hidden = kind_ != ViewKind::kPlain};
  const std::size_t start = character_start(text_, end - std::min(end, kExcerptBefore));
  const auto excerpt = whole_characters(text_.substr(start), RuleHit::kExcerptBytes);
  std::ranges::transform(excerpt, hit.excerpt.begin(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  });
  hit.excerpt_bytes = static_cast<std::uint8_t>(excerpt.size());
  mask_digits(hit);
  hits_.push_back(hit);
}

}  // namespace gatehouse::guard
