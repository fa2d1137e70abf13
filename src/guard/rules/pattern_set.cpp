#include "pattern_set.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <cstring>

#include "gatehouse/base/hash.hpp"
#include "gatehouse/base/text.hpp"

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
  const bool is_ascii = std::ranges::all_of(
      pattern.text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const bool names_characters =
      pattern.text.contains("\\x{") || pattern.text.contains("\\p") || pattern.text.contains("\\P");
  return is_ascii && !names_characters ? flags : flags | HS_FLAG_UTF8;
}

// The arguments of Vectorscan's compiler.
struct Expressions {
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
};

Expressions expressions_of(const std::vector<Pattern>& patterns) {
  Expressions out;
  for (const auto& pattern : patterns) {
    const bool is_word = pattern.kind == Pattern::Kind::kWord;
    out.texts.push_back(is_word ? as_expression(pattern.text) : pattern.text);
    out.flags.push_back(flags_of(pattern));
    out.ids.push_back(static_cast<unsigned>(out.ids.size()));
  }
  for (const auto& text : out.texts) out.pointers.push_back(text.c_str());
  return out;
}

// A compiled set is known by what it was made from, and by what made it.
std::uint64_t key_of(const Expressions& expressions) {
  std::uint64_t key = keyed_hash(hs_version(), 1, 2);
  for (std::size_t i = 0; i < expressions.texts.size(); ++i)
    key = keyed_hash(expressions.texts[i], key, expressions.flags[i]);
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
    if (error->expression >= 0) fault.pattern = static_cast<std::size_t>(error->expression);
    fault.message = error->message;
    hs_free_compile_error(error);
  }
  return std::unexpected(std::move(fault));
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

}  // namespace

void PatternScratch::Free::operator()(hs_scratch* scratch) const { hs_free_scratch(scratch); }
void PatternSet::Free::operator()(hs_database* database) const { hs_free_database(database); }

std::expected<PatternSet, PatternSet::Fault> PatternSet::compile(
    const std::vector<Pattern>& patterns, std::string_view ready) {
  PatternSet set;
  if (patterns.empty()) return set;
  const Expressions expressions = expressions_of(patterns);
  set.database_.reset(find_ready(ready, key_of(expressions)));
  if (!set.is_empty()) return set;
  auto database = compile_all(expressions, nullptr);
  if (!database) return std::unexpected(std::move(database.error()));
  set.database_.reset(*database);
  return set;
}

void PatternSet::append_to(std::string& ready, const std::vector<Pattern>& patterns) {
  if (patterns.empty()) return;
  const Expressions expressions = expressions_of(patterns);
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

Result<PatternScratch> PatternSet::make_scratch() const {
  PatternScratch made;
  if (is_empty()) return made;
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database_.get(), &scratch) != HS_SUCCESS)
    return fail(ErrorCode::kUnavailable, "There is no memory for scanning messages.");
  made.scratch_.reset(scratch);
  return made;
}

void PatternSet::scan(const PatternScratch& scratch, std::string_view text, OnMatch on_match,
                      void* context) const {
  if (is_empty() || text.empty()) return;
  Call call{on_match, context};
  hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.get(),
          forward, &call);
}

}  // namespace gatehouse::guard
