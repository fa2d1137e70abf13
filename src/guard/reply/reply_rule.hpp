// A compiled rule of the reply stage, and the tables that find it by its first byte.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"

namespace gatehouse::guard {

// From the opener on; longer than any text that must be seen whole.
inline constexpr std::size_t kHeldBytesMax = 1024;

using ByteSet = std::bitset<256>;
inline bool has(const ByteSet& set, char c) { return set[static_cast<unsigned char>(c)]; }
// "A-Za-z0-9_-": bytes and ranges, a leading ^ for all others; \n \r \t \\ and \- as in C.
std::optional<ByteSet> parse_byte_set(std::string_view text);

constexpr bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
constexpr bool is_word_byte(char c) { return is_alphanumeric(c) || c == '_'; }

// Where links and images may lead.
struct LinkPolicy {
  std::vector<std::string> hosts;
  bool allows_any_link = true;
  bool allows_any_image = false;
  bool allows_host(std::string_view host) const;
};

struct Finding {
  enum class Step : std::uint8_t { kNo, kMore, kYes };
  Step step = Step::kNo;
  std::size_t length = 0;  // from the opener's first byte to the end of what is found
  std::size_t start = 0;   // where masking begins; never inside the opener
};

struct Candidate {
  std::string_view text;  // the opener and the run of body bytes behind it
  std::size_t opener_bytes = 0;
  std::size_t least = 0;  // body bytes that the rule asks for
  bool is_open = false;   // the run may go on, in the next piece or beyond the rule's `most`
  std::string_view rest;  // what must stand behind the opener, if the rule looks for one text
  const LinkPolicy& links;

  std::string_view body() const { return text.substr(opener_bytes); }
};

// Decides on what it sees or asks for more, and never differently once it has decided: a longer
// run must give the same answer.
using Confirm = Finding (*)(const Candidate&) noexcept;
Confirm find_confirmer(std::string_view name);  // nullptr: there is none
std::string_view confirmer_names();

enum class ReplyAction : std::uint8_t { kMask, kReplace, kCut };
// What becomes of a candidate that is undecided at its longest.
enum class Beyond : std::uint8_t { kCut, kPass, kBreak };

// Stands for what was masked. It means nothing in Markdown, HTML or JSON, and is in no key or
// address: what was masked once is not found again.
inline constexpr std::string_view kHidden = "\u2022\u2022\u2022";

struct ReplyRule {
  std::string id;
  std::string message;
  ReplyAction action = ReplyAction::kMask;
  Beyond beyond = Beyond::kCut;
  std::vector<std::string> openers;
  std::string rest;
  ByteSet first;  // in place of literals: a run that begins with one of these
  ByteSet body;
  ByteSet needs;      // if any: a run without one of these is never confirmed
  ByteSet tail;       // masked on behind what was found
  std::string until;  // the tail ends behind this
  unsigned until_times = 1;
  std::size_t least = 0;
  std::size_t most = 256;  // bytes, the opener included
  bool needs_border = true;
  bool is_caseless = false;
  bool keeps_opener = true;  // an opener is no secret, so it is shown and never waits
  Confirm confirm = nullptr;
  std::string replacement{kHidden};
};

struct Opening {
  std::uint32_t rule = 0;
  std::string literal;   // lower case if the rule is caseless; empty: a run
  bool is_held = false;  // another rule could begin inside, so it is shown only when decided
};

// Where an opening is looked for. `seconds` has one bit for each byte, modulo 32, that may stand
// behind the first: letters of both cases are the same.
struct Beginning {
  std::uint32_t opening = 0;
  std::uint32_t seconds = 0;
};
constexpr std::uint32_t second_bit(char c) {
  return std::uint32_t{1} << (static_cast<unsigned char>(c) % 32);
}

struct ReplyRuleTable {
  static constexpr std::uint8_t kAtBorder = 1;
  static constexpr std::uint8_t kAnywhere = 2;
  static constexpr std::uint8_t kBegins = kAtBorder | kAnywhere;
  static constexpr std::uint8_t kNeeded = 4;  // by some rule that needs a byte

  std::vector<ReplyRule> rules;
  std::vector<Opening> openings;
  std::array<std::uint8_t, 256> flags{};
  // By the first byte, what may stand behind it. Rules that need a byte are not in it.
  std::array<std::uint32_t, 256> seconds{};
  // By byte, the rules that need a byte of their own and may go on with this one: a bit each, and
  // beyond 32 of them some share one.
  std::array<std::uint32_t, 256> needing{};
  std::uint32_t needing_count = 0;
  std::array<std::vector<Beginning>, 256> by_first;  // in rules' order
  LinkPolicy links;

  void index();
  // The next offset, from `at` on, where a rule may begin; the text's size if there is none.
  std::size_t next_beginning(std::string_view text, std::size_t at,
                             std::size_t first_needing) const;
  // Before this offset no rule that needs a byte can confirm or wait for anything.
  std::size_t first_needing(std::string_view text, bool is_last) const;
};

}  // namespace gatehouse::guard
