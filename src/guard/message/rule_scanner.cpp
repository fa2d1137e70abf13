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
constexpr std::size_t kSentenceWords = 5;
constexpr std::string_view kFullStop = "\xE3\x80\x82";
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

RuleScanner::RuleScanner(std::shared_ptr<const MessageRules> rules) : rules_(std::move(rules)) {
  const auto& compiled = rules_->compiled();
  hits_.reserve(kHits);
  pending_.reserve(kPending);
  concepts_seen_.reserve(compiled.concepts.size());
  is_rule_hit_.resize(compiled.rules.size());
  is_concept_seen_.resize(compiled.concepts.size());
  last_end_.resize(compiled.concepts.size());
  links_.resize(compiled.links);
}

Result<RuleScanner> RuleScanner::make(std::shared_ptr<const MessageRules> rules) {
  RuleScanner made(std::move(rules));
  const auto& compiled = made.rules();
  struct Part {
    const PatternSet& set;
    PatternScratch& scratch;
  };
  for (const Part part :
       {Part{compiled.raw, made.raw_scratch_}, Part{compiled.marked, made.marked_scratch_},
        Part{compiled.folded, made.folded_scratch_},
        Part{compiled.spelled, made.spelled_scratch_}}) {
    auto scratch = part.set.make_scratch();
    if (!scratch) return std::unexpected(scratch.error());
    part.scratch = std::move(*scratch);
  }
  return made;
}

void RuleScanner::begin() {
  for (const auto& hit : hits_) is_rule_hit_[hit.rule] = 0;
  for (const auto concept_index : concepts_seen_) is_concept_seen_[concept_index] = 0;
  hits_.clear();
  concepts_seen_.clear();
}

std::span<const Word> RuleScanner::scan_folded(std::string_view text, ViewKind kind) {
  text_ = text;
  kind_ = kind;
  is_raw_ = false;
  words_ = lister_.list(text);
  base_ += kGap;
  // Where letters were joined a word may begin and end anywhere.
  if (lister_.is_ascii() && kind != ViewKind::kJoined) {
    find_words();
  } else {
    rules().spelled.scan(spelled_scratch_, {text, text, {}}, &RuleScanner::on_spelled, this);
  }
  base_ += text.size();
  folded_ = text;
  const MarkSet marks = lister_.marks();
  scan(rules().folded, folded_scratch_, rules().folded_meanings, marks);
  has_marks_ = marks.holds_any(kCodeMarks);
  if (has_marks_) scan(rules().marked, marked_scratch_, rules().marked_meanings, marks);
  return words_;
}

// Raw rules are for forms, too: lines, brackets, tags.
void RuleScanner::scan_raw(std::string_view text, MarkSet marks, bool has_lines) {
  text_ = text;
  is_raw_ = true;
  if (has_marks_ || has_lines) scan(rules().raw, raw_scratch_, rules().raw_meanings, marks);
}

void RuleScanner::scan(const PatternSet& set, PatternScratch& scratch,
                       const std::vector<PatternMeaning>& meanings, MarkSet marks) {
  base_ += kGap;
  Expressions expressions{this, &meanings};
  const auto on_match = [](void* context, std::uint32_t pattern, std::size_t end) {
    const auto& found = *static_cast<const Expressions*>(context);
    found.scanner->on_expression((*found.meanings)[pattern], end);
  };
  set.scan(scratch, {text_, folded_, marks}, on_match, &expressions);
  base_ += text_.size();
}

void RuleScanner::find_words() {
  rules().index.find(text_, words_, [&](std::size_t at, std::uint32_t word, std::size_t end) {
    if (!pending_.empty()) take_pending(words_[at].start);
    keep({word, static_cast<std::uint32_t>(end)});
  });
  take_pending(text_.size());
}

// Words are found in the order of their beginnings, and meant in the order of their ends.
void RuleScanner::keep(Pending found) {
  if (pending_.size() == kPending) take_pending(text_.size());
  pending_.insert(std::ranges::upper_bound(pending_, found.end, {}, &Pending::end), found);
}

// What ends before `start` comes before whatever begins there.
void RuleScanner::take_pending(std::size_t start) {
  const auto later = std::ranges::upper_bound(pending_, start, {}, &Pending::end);
  for (auto found = pending_.begin(); found != later; ++found)
    on_concepts(rules().words[found->word], found->end);
  pending_.erase(pending_.begin(), later);
}

void RuleScanner::on_spelled(void* self, std::uint32_t word, std::size_t end) {
  auto& scanner = *static_cast<RuleScanner*>(self);
  scanner.on_word(scanner.rules().words[word], end);
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
  on_concepts(word, end);
}

void RuleScanner::on_concepts(const ConceptWord& word, std::size_t end) {
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
  if (bytes > rule.within * kBytesPerCharacter || start < base_) return false;
  const bool is_close =
      bytes <= rule.within || count_code_points(text_.substr(start - base_, bytes)) <= rule.within;
  return is_close && (rule.may_cross || kind_ == ViewKind::kJoined || is_one_sentence(start, end));
}

// Whether a sentence ends behind a word. An ideographic full stop is a word of its own.
bool RuleScanner::ends_sentence(std::size_t word) const {
  const Word& last = words_[word];
  if (text_.substr(last.start, last.end - last.start) == kFullStop) return true;
  const auto gap = text_.substr(last.end, words_[word + 1].start - last.end);
  return gap.find_first_of("!?") != std::string_view::npos || gap.contains(". ");
}

// Words of two sentences say nothing together. Only sentences of some length count, since
// "Ignore. All. Previous. Instructions." is one.
bool RuleScanner::is_one_sentence(std::uint64_t start, std::uint64_t end) const {
  if (words_.empty()) return true;
  // What ends in marks behind the last word belongs to it.
  const auto word_at = [this](std::uint64_t at) {
    const auto found =
        std::lower_bound(words_.begin(), words_.end() - 1, at - base_,
                         [](const Word& word, std::uint64_t offset) { return word.end < offset; });
    return static_cast<std::size_t>(found - words_.begin());
  };
  const std::size_t first = word_at(start);
  const std::size_t last = word_at(end);
  std::size_t words = 1;  // of the sentence, as far as it was read
  for (auto at = first; at > 0 && words < kSentenceWords && !ends_sentence(at - 1); --at) ++words;
  for (auto at = first; at < last; ++at, ++words) {
    if (!ends_sentence(at)) continue;
    std::size_t behind = 1;
    while (behind < kSentenceWords && at + 1 + behind < words_.size() &&
           !ends_sentence(at + behind))
      ++behind;
    if (words >= kSentenceWords && behind == kSentenceWords) return false;
    words = 0;
  }
  return true;
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
