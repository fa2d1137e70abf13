#include "gatehouse/guard/message_rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "compiled_rules.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "message/fold.hpp"
#include "pattern_parts.hpp"
#include "required_literals.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::string_view kFolder = "message/";
constexpr std::string_view kWeights = "weights.toml";
constexpr std::size_t kRulesMost = 4096;
constexpr std::size_t kConceptsMost = 1024;
constexpr std::size_t kWordsMost = 60'000;
constexpr std::size_t kWordBytesMost = 200;
constexpr std::size_t kLeastLatinBytes = 4;
constexpr std::int64_t kWithinMost = 1000;

constexpr RuleKey kTopKeys[] = {{.name = "family", .is_required = true, .choices = kFamilies}};
constexpr RuleKey kConceptKeys[] = {
    {.name = "id", .is_required = true},
    {.name = "words", .type = RuleKeyType::kTexts, .is_required = true},
};
constexpr RuleKey kRuleKeys[] = {
    {.name = "id", .is_required = true},
    {.name = "message", .is_required = true},
    {.name = "near", .type = RuleKeyType::kTexts},
    {.name = "within", .type = RuleKeyType::kInteger, .least = 1, .most = kWithinMost},
    {.name = "ordered", .type = RuleKeyType::kBoolean},
    {.name = "across", .type = RuleKeyType::kBoolean},
    {.name = "pattern"},
    {.name = "views", .type = RuleKeyType::kTexts},
    {.name = "score", .type = RuleKeyType::kInteger, .is_required = true},
    {.name = "matches", .type = RuleKeyType::kTexts, .is_required = true},
    {.name = "misses", .type = RuleKeyType::kTexts},
};
constexpr RuleForm kForms[] = {{"", kTopKeys}, {"concept", kConceptKeys}, {"rule", kRuleKeys}};
constexpr RuleLimits kLimits{.texts = 8192};

bool needs_border(char32_t edge) {
  if (edge < 0x80) return script_of(edge) != Script::kNone || (edge >= U'0' && edge <= U'9');
  return script_of(edge) != Script::kNone && !is_written_without_borders(edge);
}

char32_t last_code_point(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && is_utf8_tail(text[at])) --at;
  return next_code_point(text, at);
}

// Injections are prose: what their examples happen to have is not what they are made of, but for
// these.
bool has_mark_of_form(std::string_view text) {
  return text.find_first_of("<>{}[]|=#\n") != std::string_view::npos;
}

bool has_mark_of_code(std::string_view text) { return MarkSet(text).holds_any(kCodeMarks); }

bool is_marked(const MessageRule& rule) {
  const bool is_prose = rule.group == Group::kInjection || rule.group == Group::kSpam;
  return std::ranges::all_of(rule.matches, is_prose ? has_mark_of_form : has_mark_of_code);
}

class Compiler {
 public:
  Result<void> read(std::span<const RuleEntry> entries) {
    for (const auto& entry : entries) {
      if (entry.form().empty()) family_of_[std::string(entry.file())] = entry.text("family");
    }
    for (const auto pass : {&Compiler::add_concept, &Compiler::add_rule}) {
      for (const auto& entry : entries) {
        if (auto added = (this->*pass)(entry); !added) return std::unexpected(added.error());
      }
    }
    return {};
  }

  std::string ready_patterns() const {
    std::string ready;
    PatternSet::append_to(ready, raw_.patterns);
    PatternSet::append_to(ready, marked_.patterns);
    PatternSet::append_to(ready, folded_expressions_.patterns);
    PatternSet::append_to(ready, words_.patterns);
    return ready;
  }

  Result<std::unique_ptr<const CompiledMessageRules>> compile(const RuleFile* weights,
                                                              std::string_view ready) {
    if (auto compiled = compile_patterns(ready); !compiled)
      return std::unexpected(compiled.error());
    std::vector<NamedRule> rules;
    for (std::size_t i = 0; i < out_->rules.size(); ++i)
      rules.push_back({out_->rules[i].id, out_->rules[i].group,
                       static_cast<std::uint32_t>(rule_entries_[i]->integer("score"))});
    std::vector<std::string_view> concepts;
    for (const auto& known : out_->concepts) concepts.push_back(known.id);
    auto model = ScoreModel::make(rules, concepts, weights);
    if (!model) return std::unexpected(model.error());
    out_->model = std::move(*model);
    return std::move(out_);
  }

 private:
  Group group_of(const RuleEntry& entry) const {
    return group_of_family(family_of_.at(std::string(entry.file())));
  }

  Result<void> add_concept(const RuleEntry& entry) {
    if (entry.form() != "concept") return {};
    if (out_->concepts.size() >= kConceptsMost)
      return entry.fault("", "There are more than 1024 concepts. Put some together.");
    const auto index = static_cast<std::uint16_t>(out_->concepts.size());
    concept_of_[std::string(entry.text("id"))] = index;
    out_->concepts.push_back(
        {.id = std::string(entry.text("id")), .group = group_of(entry), .uses = {}});
    for (const auto& word : entry.texts("words")) {
      if (auto added = add_word(entry, word, index); !added) return added;
    }
    return {};
  }

  // A word as its text has it, and as a message reads that has nothing but its letters: a Greek
  // word whose letters all look Latin is read as Latin there.
  Result<void> add_word(const RuleEntry& entry, std::string_view word, std::uint16_t index) {
    const bool is_open = word.ends_with('*');
    if (is_open) word.remove_suffix(1);
    folder_.fold(word, folded_, false);
    const std::string text(trim(folded_.text));
    folder_.fold(word, folded_, true);
    const std::string alone(trim(folded_.text));
    auto added = add_form(entry, text, is_open, index);
    if (!added || alone == text || alone.size() < kLeastLatinBytes) return added;
    return add_form(entry, alone, is_open, index);
  }

  Result<void> add_form(const RuleEntry& entry, const std::string& text, bool is_open,
                        std::uint16_t index) {
    if (text.empty() || text.size() > kWordBytesMost)
      return entry.fault(
          "words", "holds '" + text + "', which is empty or too long once folded. Change it.");
    std::size_t start = 0;
    const bool left = needs_border(next_code_point(text, start));
    const bool right = !is_open && needs_border(last_code_point(text));
    const auto [known, is_new] = words_.known.try_emplace(
        {text, left, right}, static_cast<std::uint32_t>(out_->words.size()));
    if (is_new) {
      if (out_->words.size() >= kWordsMost)
        return entry.fault("words", "There are more than 60000 words. Remove some.");
      const IndexedPhrase phrase{.text = text, .is_open = is_open};
      if (is_ascii(text) && !WordIndex::can_hold(phrase))
        return entry.fault(
            "words", "holds '" + text + "', which has too few letters to be found. Change it.");
      words_.phrases.push_back(phrase);
      words_.patterns.push_back({Pattern::Kind::kWord, text});
      out_->words.push_back({.bytes = static_cast<std::uint16_t>(text.size()),
                             .needs_left_border = left,
                             .needs_right_border = right,
                             .concepts = {}});
    }
    auto& concepts = out_->words[known->second].concepts;
    if (std::ranges::find(concepts, index) == concepts.end()) concepts.push_back(index);
    return {};
  }

  Result<void> add_rule(const RuleEntry& entry) {
    if (entry.form() != "rule") return {};
    if (out_->rules.size() >= kRulesMost)
      return entry.fault("", "There are more than 4096 rules. Put some together.");
    if (entry.has("near") == entry.has("pattern"))
      return entry.fault("", "A rule has either near or pattern.");
    const auto index = static_cast<std::uint16_t>(out_->rules.size());
    MessageRule rule{.id = std::string(entry.text("id")),
                     .message = std::string(entry.text("message")),
                     .group = group_of(entry),
                     .is_ordered = entry.flag("ordered"),
                     .may_cross = entry.flag("across"),
                     .within = static_cast<std::uint32_t>(entry.integer("within", 60)),
                     .concepts = {},
                     .place = std::string(entry.file()) + ":" + std::to_string(entry.line())};
    const auto matches = entry.texts("matches");
    rule.matches.assign(matches.begin(), matches.end());
    const auto misses = entry.texts("misses");
    rule.misses.assign(misses.begin(), misses.end());
    if (auto read = read_views(entry, rule); !read) return read;
    if (entry.has("near")) {
      if (auto read = read_near(entry, rule, index); !read) return read;
    } else {
      read_pattern(entry, rule, index);
    }
    out_->rules.push_back(std::move(rule));
    rule_entries_.push_back(&entry);
    return {};
  }

  static Result<void> read_views(const RuleEntry& entry, MessageRule& rule) {
    if (!entry.has("views")) {
      rule.is_for_folded = rule.is_for_decoded = true;
      return {};
    }
    for (const auto& view : entry.texts("views")) {
      if (view == "raw") {
        rule.is_for_raw = true;
      } else if (view == "folded") {
        rule.is_for_folded = true;
      } else if (view == "decoded") {
        rule.is_for_decoded = true;
      } else {
        return entry.fault("views", "lists '" + view + "'. Known are raw, folded, decoded.");
      }
    }
    if (entry.has("near") && rule.is_for_raw)
      return entry.fault("views", "has raw, but concepts are looked for in folded text only.");
    return {};
  }

  Result<void> read_near(const RuleEntry& entry, MessageRule& rule, std::uint16_t index) {
    for (const auto& id : entry.texts("near")) {
      const auto found = concept_of_.find(id);
      if (found == concept_of_.end())
        return entry.fault("near", "names '" + id + "', which is no concept. Correct it.");
      if (std::ranges::find(rule.concepts, found->second) != rule.concepts.end())
        return entry.fault("near", "names '" + id + "' twice.");
      const auto position = static_cast<std::uint16_t>(rule.concepts.size());
      out_->concepts[found->second].uses.push_back({index, position});
      rule.concepts.push_back(found->second);
    }
    if (rule.concepts.empty()) return entry.fault("near", "must name a concept.");
    rule.first_link = static_cast<std::uint32_t>(out_->links);
    if (rule.is_ordered) out_->links += rule.concepts.size();
    return {};
  }

  // The expressions of one set, with what each means and which entry it is from.
  struct Expressions {
    std::vector<Pattern> patterns;
    std::vector<PatternMeaning> meanings;
    std::vector<const RuleEntry*> entries;
  };

  void read_pattern(const RuleEntry& entry, MessageRule& rule, std::uint16_t index) {
    const auto divided = divide_pattern(entry.text("pattern"));
    const auto needs = requirement_of(divided.parts);
    const auto add = [&](const Pattern& pattern, PatternMeaning meaning) {
      const auto add_to = [&](Expressions& set) {
        set.patterns.push_back(pattern);
        set.meanings.push_back(meaning);
        set.entries.push_back(&entry);
      };
      if (rule.is_for_raw) add_to(raw_);
      if (rule.is_for_folded || rule.is_for_decoded)
        add_to(is_marked(rule) ? marked_ : folded_expressions_);
    };
    if (divided.parts.size() == 1) {
      const auto& whole = divided.parts.front();
      // What needs nothing as a whole may have alternatives that each need something.
      const bool is_split =
          needs.literals.empty() && needs.marks.empty() && !names_characters(whole);
      for (const auto& text : is_split ? alternatives_of(whole) : divided.parts)
        add({Pattern::Kind::kExpression, text, index, requirement_of({text})}, {false, index});
      return;
    }
    rule.is_ordered = true;
    rule.may_cross = true;
    rule.within = divided.within;
    rule.first_link = static_cast<std::uint32_t>(out_->links);
    out_->links += divided.parts.size();
    for (const auto& part : divided.parts) {
      const auto concept_index = static_cast<std::uint16_t>(out_->concepts.size());
      const auto position = static_cast<std::uint16_t>(rule.concepts.size());
      out_->concepts.push_back({.id = {}, .group = rule.group, .uses = {{index, position}}});
      rule.concepts.push_back(concept_index);
      add({Pattern::Kind::kPart, part, index, needs}, {true, concept_index});
    }
  }

  Result<void> compile_patterns(std::string_view ready) {
    struct Part {
      PatternSet& set;
      Expressions& expressions;
      std::vector<PatternMeaning>& meanings;
    };
    for (const Part part : {Part{out_->raw, raw_, out_->raw_meanings},
                            Part{out_->marked, marked_, out_->marked_meanings},
                            Part{out_->folded, folded_expressions_, out_->folded_meanings}}) {
      auto set = PatternSet::compile(part.expressions.patterns, ready);
      if (!set) return fault_of(set.error(), part.expressions);
      part.set = std::move(*set);
      part.meanings = std::move(part.expressions.meanings);
    }
    auto spelled = PatternSet::compile(words_.patterns, ready);
    if (!spelled) return fault_of(spelled.error(), {});
    out_->spelled = std::move(*spelled);
    out_->index = WordIndex(std::move(words_.phrases));
    return {};
  }

  static std::unexpected<Error> fault_of(const PatternSet::Fault& fault,
                                         const Expressions& expressions) {
    if (fault.pattern >= expressions.entries.size())
      return fail(ErrorCode::kUnavailable, "The rules can't be compiled: " + fault.message);
    return expressions.entries[fault.pattern]->fault("pattern", "can't be used: " + fault.message);
  }

  // The words of all concepts, as the index and as the automaton hold them.
  struct Words {
    std::map<std::tuple<std::string, bool, bool>, std::uint32_t> known;
    std::vector<IndexedPhrase> phrases;
    std::vector<Pattern> patterns;
  };

  std::unique_ptr<CompiledMessageRules> out_ = std::make_unique<CompiledMessageRules>();
  Folder folder_;
  FoldedText folded_;
  std::map<std::string, std::string> family_of_;  // by file
  std::map<std::string, std::uint16_t> concept_of_;
  Words words_;
  Expressions raw_;
  Expressions marked_;
  Expressions folded_expressions_;
  std::vector<const RuleEntry*> rule_entries_;
};

}  // namespace

MessageRules::MessageRules(std::unique_ptr<const CompiledMessageRules> compiled)
    : compiled_(std::move(compiled)) {}
MessageRules::~MessageRules() = default;

namespace {

struct OwnFiles {
  std::vector<RuleEntry> entries;
  const RuleFile* weights = nullptr;
};

Result<OwnFiles> read_own(std::span<const RuleFile> files) {
  OwnFiles own;
  std::vector<RuleFile> messages;
  for (const auto& file : files) {
    if (file.name.starts_with(kFolder)) messages.push_back(file);
    if (file.name == kWeights) own.weights = &file;
  }
  std::ranges::sort(messages, {}, &RuleFile::name);
  auto entries = read_rule_documents(messages, kForms, kLimits);
  if (!entries) return std::unexpected(entries.error());
  own.entries = std::move(*entries);
  return own;
}

}  // namespace

Result<std::shared_ptr<const MessageRules>> MessageRules::compile(std::span<const RuleFile> files,
                                                                  std::string_view ready) {
  const auto own = read_own(files);
  if (!own) return std::unexpected(own.error());
  Compiler compiler;
  if (auto read = compiler.read(own->entries); !read) return std::unexpected(read.error());
  auto compiled = compiler.compile(own->weights, ready);
  if (!compiled) return std::unexpected(compiled.error());
  return std::make_shared<const MessageRules>(std::move(*compiled));
}

Result<std::string> MessageRules::compile_ahead(std::span<const RuleFile> files) {
  const auto own = read_own(files);
  if (!own) return std::unexpected(own.error());
  Compiler compiler;
  if (auto read = compiler.read(own->entries); !read) return std::unexpected(read.error());
  return compiler.ready_patterns();
}

std::optional<std::string> scanner_fault() {
  if (PatternSet::finds_every_match()) return std::nullopt;
  return "The pattern library of this machine (libhs.so.5) overlooks matches, so rules of the "
         "guard "
         "may not see what they are for. Install libhyperscan5 in place of libvectorscan5.";
}

}  // namespace gatehouse::guard
