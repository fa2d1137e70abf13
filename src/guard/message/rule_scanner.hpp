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
  // Gives the words of `text`, good until the next call.
  std::span<const Word> scan_folded(std::string_view text, ViewKind kind);
  // The text whose folded form was scanned last, with all its marks.
  void scan_raw(std::string_view text, MarkSet marks, bool has_lines);

  // What was found since begin(): each rule and each concept once, the first `kHits` rules.
  std::span<const RuleHit> hits() const { return hits_; }
  std::span<const std::uint16_t> concepts() const { return concepts_seen_; }
  const CompiledMessageRules& rules() const { return rules_->compiled(); }

 private:
  static constexpr std::size_t kHits = 128;
  static constexpr std::size_t kPending = 64;

  // What a set of patterns is scanned with.
  struct Expressions {
    RuleScanner* scanner = nullptr;
    const std::vector<PatternMeaning>* meanings = nullptr;
  };
  // A word that was found, until those that end before it are known.
  struct Pending {
    std::uint32_t word = 0;
    std::uint32_t end = 0;
  };

  explicit RuleScanner(std::shared_ptr<const MessageRules> rules);
  void scan(const PatternSet& set, PatternScratch& scratch,
            const std::vector<PatternMeaning>& meanings, MarkSet marks);
  void find_words();
  void keep(Pending found);
  void take_pending(std::size_t start);
  static void on_spelled(void* self, std::uint32_t word, std::size_t end);
  void on_word(const ConceptWord& word, std::size_t end);
  void on_concepts(const ConceptWord& word, std::size_t end);
  void on_concept(std::uint16_t concept_index, std::size_t end);
  bool is_near(const MessageRule& rule, std::uint64_t end) const;
  bool continues(const MessageRule& rule, std::uint16_t position, std::uint64_t end);
  bool is_within(const MessageRule& rule, std::uint64_t start, std::uint64_t end) const;
  bool ends_sentence(std::size_t word) const;
  bool is_one_sentence(std::uint64_t start, std::uint64_t end) const;
  bool has_borders(const ConceptWord& word, std::size_t end) const;
  void add_hit(std::uint16_t rule, std::size_t end);
  void on_expression(PatternMeaning meaning, std::size_t end);
  bool is_wanted(const MessageRule& rule) const;

  std::shared_ptr<const MessageRules> rules_;
  PatternScratch raw_scratch_;
  PatternScratch marked_scratch_;
  PatternScratch folded_scratch_;
  PatternScratch spelled_scratch_;
  WordLister lister_;
  std::span<const Word> words_;
  std::vector<Pending> pending_;  // by end
  std::vector<RuleHit> hits_;
  std::vector<std::uint16_t> concepts_seen_;
  std::vector<std::uint8_t> is_rule_hit_;
  std::vector<std::uint8_t> is_concept_seen_;
  // Offsets behind the latest occurrence, in a count that goes on from view to view, so that
  // nothing is near what was in another view. Zero: never.
  std::vector<std::uint64_t> last_end_;  // by concept
  std::vector<std::uint64_t> links_;     // by link of ordered rules: where the chain began
  std::uint64_t base_ = 0;
  std::string_view folded_;  // the folded text that was scanned last
  std::string_view text_;
  ViewKind kind_ = ViewKind::kPlain;
  bool is_raw_ = false;
  bool has_marks_ = false;  // the folded text has
};

}  // namespace gatehouse::guard
