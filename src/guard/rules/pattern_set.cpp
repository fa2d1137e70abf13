#include "pattern_set.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "gatehouse/base/hash.hpp"
#include "gatehouse/base/text.hpp"
#include "pattern_parts.hpp"

namespace gatehouse::guard {
namespace {

bool is_plain(char c) {
  const char lower = to_lower_ascii(c);
  return (lower >= 'a' && lower <= 'z') || is_digit_ascii(c) || c == ' ';
}

// A word as an expression that means its bytes.
std::string as_expression(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (is_plain(c)) {
      out += c;
    } else {
      out += "\\x" + to_hex({&c, 1});
    }
  }
  return out;
}

// Characters beyond ASCII make an automaton many times as large, and ".{0,60}" with them many times
// again: only patterns that name such characters pay for them. In the others a "." is a byte.
unsigned flags_of(const Pattern& pattern) {
  if (pattern.kind == Pattern::Kind::kWord) return 0;
  const bool is_part = pattern.kind == Pattern::Kind::kPart;
  const unsigned flags = HS_FLAG_CASELESS | (is_part ? 0U : HS_FLAG_SINGLEMATCH);
  return names_characters(pattern.text) ? flags | HS_FLAG_UTF8 : flags;
}

// The arguments of Hyperscan's compiler.
struct Expressions {
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;

  void add(std::string text, unsigned flag, std::size_t id) {
    texts.push_back(std::move(text));
    flags.push_back(flag);
    ids.push_back(static_cast<unsigned>(id));
  }
  void point() {
    pointers.clear();
    for (const auto& text : texts) pointers.push_back(text.c_str());
  }
};

struct PlannedAutomaton {
  std::vector<MarkSet> marks;
  Expressions expressions;
};

// A set as the automata it is made of.
struct Plan {
  std::vector<PlannedAutomaton> unasked;
  Expressions literals;
  std::vector<PlannedAutomaton> asked;

  PlannedAutomaton& unasked_with(const std::vector<MarkSet>& marks) {
    const auto known = std::ranges::find(unasked, marks, &PlannedAutomaton::marks);
    return known != unasked.end() ? *known : unasked.emplace_back(marks);
  }
};

Plan plan_of(const std::vector<Pattern>& patterns) {
  Plan plan;
  const Pattern* last = nullptr;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const auto& pattern = patterns[i];
    const bool is_word = pattern.kind == Pattern::Kind::kWord;
    const auto& [literals, marks] = pattern.needs;
    const bool is_asked = !literals.empty();
    const bool is_first =
        last == nullptr || last->group != pattern.group || last->needs != pattern.needs;
    if (is_asked && is_first) {
      for (const auto& literal : literals)
        plan.literals.add(as_expression(literal), HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH,
                          plan.asked.size());
      plan.asked.emplace_back(marks);
    }
    auto& to = is_asked ? plan.asked.back() : plan.unasked_with(marks);
    to.expressions.add(is_word ? as_expression(pattern.text) : pattern.text, flags_of(pattern), i);
    last = &pattern;
  }
  plan.literals.point();
  for (auto* automata : {&plan.unasked, &plan.asked}) {
    for (auto& planned : *automata) planned.expressions.point();
  }
  return plan;
}

// A compiled set is known by what it was made from, and by what made it.
std::uint64_t key_of(const Expressions& expressions) {
  std::uint64_t key = keyed_hash(hs_version(), 1, 2);
  for (std::size_t i = 0; i < expressions.texts.size(); ++i)
    key = keyed_hash(expressions.texts[i], key,
                     (std::uint64_t{expressions.ids[i]} << 32) | expressions.flags[i]);
  return key;
}

// A set in a text of ready ones: key, size, bytes.
struct ReadyHead {
  std::uint64_t key = 0;
  std::uint64_t bytes = 0;
};

hs_database_t* find_ready(std::string_view ready, std::uint64_t key) {
  while (ready.size() >= sizeof(ReadyHead)) {
    ReadyHead head;
    std::memcpy(&head, ready.data(), sizeof head);
    ready.remove_prefix(sizeof head);
    if (head.bytes > ready.size()) return nullptr;
    hs_database_t* database = nullptr;
    if (head.key == key &&
        hs_deserialize_database(ready.data(), head.bytes, &database) == HS_SUCCESS) {
      // A database for another kind of machine shows itself when scratch is made for it.
      hs_scratch_t* scratch = nullptr;
      if (hs_alloc_scratch(database, &scratch) == HS_SUCCESS) {
        hs_free_scratch(scratch);
        return database;
      }
      hs_free_database(database);
    }
    ready.remove_prefix(head.bytes);
  }
  return nullptr;
}

std::expected<hs_database_t*, PatternSet::Fault> compile_all(const Expressions& expressions,
                                                             const hs_platform_info_t* platform) {
  hs_compile_error_t* error = nullptr;
  hs_database_t* database = nullptr;
  const auto status = hs_compile_multi(
      expressions.pointers.data(), expressions.flags.data(), expressions.ids.data(),
      static_cast<unsigned>(expressions.ids.size()), HS_MODE_BLOCK, platform, &database, &error);
  if (status == HS_SUCCESS) return database;
  PatternSet::Fault fault{.pattern = ~std::size_t{0},
                          .message = "This machine can't compile patterns."};
  if (error != nullptr) {
    if (error->expression >= 0)
      fault.pattern = expressions.ids[static_cast<std::size_t>(error->expression)];
    fault.message = error->message;
    hs_free_compile_error(error);
  }
  return std::unexpected(std::move(fault));
}

void append_ready(std::string& ready, const Expressions& expressions) {
  if (expressions.texts.empty()) return;
  const hs_platform_info_t any_machine{};
  const auto database = compile_all(expressions, &any_machine);
  if (!database) return;
  char* bytes = nullptr;
  ReadyHead head{.key = key_of(expressions)};
  if (hs_serialize_database(*database, &bytes, &head.bytes) == HS_SUCCESS) {
    char raw[sizeof head];
    std::memcpy(raw, &head, sizeof head);
    ready.append(raw, sizeof head).append(bytes, head.bytes);
    std::free(bytes);
  }
  hs_free_database(*database);
}

struct Call {
  PatternSet::OnMatch on_match;
  void* context;
};

int forward(unsigned pattern, unsigned long long, unsigned long long end, unsigned, void* context) {
  const auto* call = static_cast<const Call*>(context);
  call->on_match(call->context, pattern, end);
  return 0;
}

int note_asked(unsigned automaton, unsigned long long, unsigned long long, unsigned,
               void* context) {
  auto* asked = static_cast<std::vector<std::uint32_t>*>(context);
  if (asked->size() < asked->capacity()) asked->push_back(automaton);
  return 0;
}

}  // namespace

void PatternScratch::Free::operator()(hs_scratch* scratch) const { hs_free_scratch(scratch); }
void PatternSet::Free::operator()(hs_database* database) const { hs_free_database(database); }

std::expected<PatternSet, PatternSet::Fault> PatternSet::compile(
    const std::vector<Pattern>& patterns, std::string_view ready) {
  PatternSet set;
  std::optional<Fault> fault;
  const auto make = [&](const Expressions& expressions) {
    Database made;
    if (fault || expressions.texts.empty()) return made;
    made.reset(find_ready(ready, key_of(expressions)));
    if (made != nullptr) return made;
    auto database = compile_all(expressions, nullptr);
    if (!database) fault = std::move(database.error());
    if (database) made.reset(*database);
    return made;
  };
  const Plan plan = plan_of(patterns);
  for (const auto& [marks, expressions] : plan.unasked) {
    if (marks.empty()) set.always_count_ += expressions.texts.size();
    set.unasked_.push_back({make(expressions), marks});
  }
  set.literals_ = make(plan.literals);
  for (const auto& [marks, expressions] : plan.asked)
    set.asked_.push_back({make(expressions), marks});
  if (fault) return std::unexpected(std::move(*fault));
  return set;
}

void PatternSet::append_to(std::string& ready, const std::vector<Pattern>& patterns) {
  const Plan plan = plan_of(patterns);
  for (const auto& unasked : plan.unasked) append_ready(ready, unasked.expressions);
  append_ready(ready, plan.literals);
  for (const auto& asked : plan.asked) append_ready(ready, asked.expressions);
}

Result<PatternScratch> PatternSet::make_scratch() const {
  PatternScratch made;
  made.asked_.reserve(asked_.size());
  hs_scratch_t* scratch = nullptr;
  bool is_made = true;
  const auto grow = [&](const Database& database) {
    if (database == nullptr) return;
    is_made &= hs_alloc_scratch(database.get(), &scratch) == HS_SUCCESS;
  };
  for (const auto& unasked : unasked_) grow(unasked.database);
  grow(literals_);
  for (const auto& asked : asked_) grow(asked.database);
  made.scratch_.reset(scratch);
  if (!is_made) return fail(ErrorCode::kUnavailable, "There is no memory for scanning messages.");
  return made;
}

void PatternSet::scan(PatternScratch& scratch, const SearchedText& searched, OnMatch on_match,
                      void* context) const {
  if (searched.text.empty()) return;
  Call call{on_match, context};
  const auto run = [&](const Database& database, std::string_view text, match_event_handler handler,
                       void* argument) {
    hs_scan(database.get(), text.data(), static_cast<unsigned>(text.size()), 0,
            scratch.scratch_.get(), handler, argument);
  };
  const auto run_if_marked = [&](const Automaton& automaton) {
    const bool has_marks = std::ranges::all_of(
        automaton.marks, [&](MarkSet marks) { return searched.marks.holds_any(marks); });
    if (has_marks) run(automaton.database, searched.text, forward, &call);
  };
  for (const auto& unasked : unasked_) run_if_marked(unasked);
  if (literals_ == nullptr) return;
  scratch.asked_.clear();
  run(literals_, searched.folded, note_asked, &scratch.asked_);
  for (const auto asked : scratch.asked_) run_if_marked(asked_[asked]);
}

bool PatternSet::finds_every_match() {
  constexpr std::size_t kTextBytes = 200;
  constexpr std::string_view kNeedle = "qzkv";
  for (const std::string_view pattern : {"q", "q[zy]k+v", "qzkv", "q(?:zk|yk)v"}) {
    const auto set = compile({{.text = std::string(pattern)}});
    if (!set) return false;
    auto scratch = set->make_scratch();
    if (!scratch) return false;
    for (std::size_t at = 0; at + kNeedle.size() <= kTextBytes; ++at) {
      std::string text(kTextBytes, 'a');
      text.replace(at, kNeedle.size(), kNeedle);
      bool is_found = false;
      set->scan(
          *scratch, {.text = text, .folded = text, .marks = MarkSet(text)},
          [](void* context, std::uint32_t, std::size_t) { *static_cast<bool*>(context) = true; },
          &is_found);
      if (!is_found) return false;
    }
  }
  return true;
}

}  // namespace gatehouse::guard
