// Patterns as automata: the only place that knows Hyperscan.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "required_literals.hpp"

struct hs_database;
struct hs_scratch;

namespace gatehouse::guard {

struct Pattern {
  enum class Kind : std::uint8_t {
    kWord,        // the very bytes, every occurrence
    kExpression,  // a regular expression, without regard to case; reported once in a scan
    kPart         // the same, at every end
  };
  Kind kind = Kind::kExpression;
  std::string text;
  // Patterns of one group with the same needs stand together in a set and are looked for together:
  // only in texts that have what they need.
  std::uint32_t group = 0;
  Requirement needs = {};
};

// What a set is looked for in.
struct SearchedText {
  std::string_view text;
  std::string_view folded;  // the same, perhaps folded: where the literals are looked for
  MarkSet marks;            // of `text`
};

// What a worker needs to scan: not shared between threads, made for one set.
class PatternScratch {
 private:
  friend class PatternSet;
  struct Free {
    void operator()(hs_scratch* scratch) const;
  };
  std::unique_ptr<hs_scratch, Free> scratch_;
  std::vector<std::uint32_t> asked_;  // automata whose literals were met; room for all of them
};

// Immutable; safe from any thread. Scanning takes time linear in the text, whatever is in it. Most
// texts have few marks and none of the literals, and are looked through once, for these.
class PatternSet {
 public:
  struct Fault {
    std::size_t pattern = 0;  // its index
    std::string message;
  };
  using OnMatch = void (*)(void* context, std::uint32_t pattern, std::size_t end);

  // `ready` may hold sets that were compiled before (append_to): if it has this one, it is taken.
  static std::expected<PatternSet, Fault> compile(const std::vector<Pattern>& patterns,
                                                  std::string_view ready = {});
  // Appends the compiled set, for any machine of this architecture, to a text for `ready`.
  static void append_to(std::string& ready, const std::vector<Pattern>& patterns);

  // Whether the library that is loaded finds a match wherever it stands. Vectorscan 5.4.9, which
  // Debian 12 has beside Hyperscan, overlooks some that begin at a multiple of 64 bytes. Takes less
  // than a hundredth of a second.
  static bool finds_every_match();

  // How many patterns are looked for in every text.
  std::size_t always_count() const { return always_count_; }
  Result<PatternScratch> make_scratch() const;
  // Calls `on_match` with the index of a pattern and the offset behind its end, within a group in
  // the order of the ends. The texts must be valid UTF-8.
  void scan(PatternScratch& scratch, const SearchedText& searched, OnMatch on_match,
            void* context) const;

 private:
  struct Free {
    void operator()(hs_database* database) const;
  };
  using Database = std::unique_ptr<hs_database, Free>;

  struct Automaton {
    Database database;
    std::vector<MarkSet> marks;
  };

  std::vector<Automaton> unasked_;  // patterns without literals, by their marks
  Database literals_;               // of all others: literal i asks for asked_[i]
  std::vector<Automaton> asked_;    // by group
  std::size_t always_count_ = 0;
};

}  // namespace gatehouse::guard
