// Looks for the rules of the message stage in the views of one message.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gatehouse/guard/message_rules.hpp"
#include "rules/compiled_rules.hpp"

namespace gatehouse::guard {

// How a view came from the message.
enum class ViewKind : std::uint8_t {
  kPlain,   // the message itself, raw or folded
  kJoined,  // letters put together: words have no borders left
  kDecoded  // something that was hidden
};

// The place where a rule was found, kept for the operator: digits of numbers are masked.
struct RuleHit {
  static constexpr std::size_t kExcerptBytes = 80;
  std::uint16_t rule = 0;
  bool is_hidden = false;  // not in the message as it can be read
  std::uint8_t excerpt_bytes = 0;
  std::array<char, kExcerptBytes> excerpt{};

  std::string_view text() const { return {excerpt.data(), excerpt_bytes}; }
};

// One per worker, on its thread only. Scanning allocates nothing once begun.
class RuleScanner {
 public:
  static Result<RuleScanner> make(std::shared_ptr<const MessageRules> rules);

  // Forgets the message before.
  void begin();
  void scan_raw(std::string_view text, ViewKind kind);
  void scan_folded(std::string_view text, ViewKind kind);

  // What was found since begin(): each rule and each concept once, the first `kHits` rules.
  std::span<const RuleHit> hits() const { return hits_; }
  std::span<const std::uint16_t> concepts() const { return concepts_seen_; }
  bool has_seen(std::uint16_t concept_index) const { return is_concept_seen_[concept_index] != 0; }
  const CompiledMessageRules& rules() const { return rules_->compiled(); }

 private:
  static constexpr std::size_t kHits = 128;

  RuleScanner(std::shared_ptr<const MessageRules> rules, PatternScratch raw, PatternScratch folded,
              PatternScratch marked);
  void scan(const PatternSet& set, const PatternScratch& scratch, PatternSet::OnMatch on_match);
  static void on_raw(void* self, std::uint32_t pattern, std::size_t end);
  static void on_marked(void* self, std::uint32_t pattern, std::size_t end);
  static void on_folded(void* self, std::uint32_t pattern, std::size_t end);
  void on_word(const ConceptWord& word, std::size_t end);
  void on_concept(std::uint16_t concept_index, std::size_t end);
  bool is_near(const MessageRule& rule, std::uint64_t end) const;
  bool continues(const MessageRule& rule, std::uint16_t position, std::uint64_t end);
  bool is_within(const MessageRule& rule, std::uint64_t start, std::uint64_t end) const;
  bool has_borders(const ConceptWord& word, std::size_t end) const;
  void add_hit(std::uint16_t rule, std::size_t end);
  void on_expression(PatternMeaning meaning, std::size_t end);
  bool is_wanted(const MessageRule& rule) const;

  std::shared_ptr<const MessageRules> rules_;
  PatternScratch raw_scratch_;
  PatternScratch folded_scratch_;
  PatternScratch marked_scratch_;
  std::vector<RuleHit> hits_;
  std::vector<std::uint16_t> concepts_seen_;
  std::vector<std::uint8_t> is_rule_hit_;
  std::vector<std::uint8_t> is_concept_seen_;
  // Offsets behind the latest occurrence, in a count that goes on from view to view, so that
  // nothing is near what was in another view. Zero: never.
  std::vector<std::uint64_t> last_end_;  // by concept
  std::vector<std::uint64_t> links_;     // by link of ordered rules: where the chain began
  std::uint64_t base_ = 0;
  std::string_view text_;
  ViewKind kind_ = ViewKind::kPlain;
  bool is_raw_ = false;
};

}  // namespace gatehouse::guard
