// One pass over a text that comes in pieces, looking for what a table of rules opens.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reply_rule.hpp"

namespace gatehouse::guard {

// What a pass leaves of a piece. It copies only once something had to be changed.
class ReplyOutput {
 public:
  // `text` begins with `sent` bytes that were written before.
  ReplyOutput(std::string_view text, std::size_t sent) : text_(text), begin_(sent), to_(sent) {}
  void keep_until(std::size_t end);
  void replace_until(std::size_t end, std::string_view replacement);
  std::size_t position() const { return to_; }
  // Makes `text`, the one this was built over, what may be written.
  void apply_to(std::string& text) &&;

 private:
  std::string_view text_;
  std::size_t begin_;
  std::size_t to_;
  std::string built_;
  bool is_changed_ = false;
};

class FindingSink {
 public:
  virtual ~FindingSink() = default;
  virtual void found(const ReplyRule& rule) = 0;
};

// Walks from candidate to candidate. Where a rule can't decide yet, the text from there is kept;
// of it the opener is written already, since an opener alone is no secret. Bytes behind it wait.
// In a pass that observes, nothing waits. Its table must outlive it.
class OpenerScan {
 public:
  // `text` becomes what may be written. A number says that the reply must be cut behind it, and
  // how many bytes were not read.
  std::optional<std::size_t> enforce(const ReplyRuleTable& table, std::string& text, bool is_last,
                                     FindingSink& sink);
  void observe(const ReplyRuleTable& table, std::string_view text, bool is_last, FindingSink& sink);
  std::size_t held_bytes() const { return tail_.size() - sent_; }

 private:
  struct Decision {
    const ReplyRule* rule = nullptr;
    Finding finding;
    std::size_t opener_bytes = 0;
    std::size_t shown = 0;  // while undecided: bytes that no rule minds
    bool is_beyond = false;
  };
  struct Pass {
    bool is_last = false;
    bool may_cut = false;
  };
  std::optional<std::size_t> run(const ReplyRuleTable& table, std::string_view text, Pass pass,
                                 ReplyOutput& output, FindingSink& sink);
  Decision decide(const ReplyRuleTable& table, std::string_view text, std::size_t at,
                  bool is_last) const;
  std::size_t mask_on(std::string_view text, std::size_t at, ReplyOutput& output);
  char byte_before(std::string_view text, std::size_t at, std::size_t distance) const;
  bool is_border(std::string_view text, std::size_t at) const;
  void remember(std::string_view text, std::size_t end);

  std::string tail_;  // undecided text of the last piece, from its candidate on
  const ReplyRule* masking_ = nullptr;
  std::uint16_t sent_ = 0;  // of tail_, written already
  std::uint8_t until_matched_ = 0;
  std::uint8_t until_left_ = 0;
  std::array<char, 2> before_{' ', ' '};  // the last two bytes in front of tail_
};

}  // namespace gatehouse::guard
