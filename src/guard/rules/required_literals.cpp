#include "required_literals.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"

namespace gatehouse::guard {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kTextsMost = 1024;
constexpr std::size_t kExactMost = 128;
constexpr std::size_t kClassMost = 16;
constexpr std::size_t kTextBytesMost = 32;
constexpr std::size_t kLeastBytes = 3;
constexpr int kDepthMost = 32;
constexpr double kRareness = 8;  // how much rarer a text is for each letter more
constexpr double kCommonFrequency = 0.3;
constexpr double kMostFrequency = 1;
constexpr double kCostOfText = 1e-3;  // each has to be looked for in every message

// Words that nearly every message has, and pieces of words.
constexpr std::string_view kCommon[] = {
    "you",  "your",  "all",   "any",   "are",   "the",   "and",   "for",    "not",  "what",
    "this", "that",  "can",   "will",  "how",   "with",  "out",   "have",   "was",  "has",
    "but",  "here",  "from",  "is a",  "ing",   "ent",   "it is", "i am",   "let",  "one",
    "get",  "say",   "ask",   "tell",  "show",  "use",   "read",  "text",   "when", "give",
    "new",  "now",   "list",  "send",  "name",  "no ",   "to ",   "in ",    "a ",   "i ",
    "line", "time",  "end",   "set",   "file",  "url",   "com",   "http",   "if ",  "or ",
    "like", "about", "open",  "them",  "want",  "need",  "make",  "help",   "work", "start",
    "some", "more",  "there", "which", "would", "first", "way",   "without"};

// What a piece of a pattern may match.
struct Piece {
  std::optional<Texts> exact = Texts{""};  // all of it, if it is a few texts
  Texts needs;                             // one of them, if not empty
};

Piece unknown() { return {.exact = std::nullopt, .needs = {}}; }

// The set that says more.
const Texts& better(const Texts& a, const Texts& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  const auto cost_of = [](const Texts& texts) {
    return frequency_of(texts) + kCostOfText * static_cast<double>(texts.size());
  };
  return cost_of(b) < cost_of(a) ? b : a;
}

bool is_mark(char c) {
  const char lower = to_lower_ascii(c);
  return (lower < 'a' || lower > 'z') && !is_digit_ascii(c) && c != ' ' && c != '.' && c != ',';
}

// Two characters are enough if they are marks as code has them.
bool is_telling(std::string_view text) {
  return text.size() >= kLeastBytes || (text.size() == 2 && is_mark(text[0]) && is_mark(text[1]));
}

bool is_usable(const Texts& texts) {
  return !texts.empty() && texts.size() <= kTextsMost && std::ranges::all_of(texts, is_telling);
}

Texts needs_of(const Piece& piece) {
  return piece.exact && is_usable(*piece.exact) ? better(*piece.exact, piece.needs) : piece.needs;
}

// Pieces one after the other.
class Sequence {
 public:
  void add(const Piece& piece) {
    if (piece.exact && extend(*piece.exact)) return;
    end_run();
    whole_ = false;
    needs_ = better(needs_, needs_of(piece));
    if (piece.exact) run_ = *piece.exact;
  }
  Piece finish() {
    if (whole_) return {.exact = std::move(run_), .needs = {}};
    end_run();
    return {.exact = std::nullopt, .needs = std::move(needs_)};
  }

 private:
  bool extend(const Texts& texts) {
    if (run_.size() * texts.size() > kExactMost) return false;
    Texts longer;
    for (const auto& head : run_) {
      for (const auto& tail : texts) {
        if (head.size() + tail.size() > kTextBytesMost) return false;
        longer.push_back(head + tail);
      }
    }
    run_ = std::move(longer);
    return true;
  }
  void end_run() {
    if (is_usable(run_)) needs_ = better(needs_, run_);
    run_ = {""};
  }

  Texts run_ = {""};
  Texts needs_;
  bool whole_ = true;
};

// Reads the part of Hyperscan's syntax that rules use; anything else makes it give up.
class Reader {
 public:
  Reader(std::string_view pattern, bool is_folded) : pattern_(pattern), is_folded_(is_folded) {}

  Texts read() {
    const Piece piece = read_alternatives(0);
    return is_lost_ || at_ != pattern_.size() ? Texts{} : needs_of(piece);
  }

 private:
  bool is_at_end() const { return at_ >= pattern_.size() || is_lost_; }
  Piece lose() {
    is_lost_ = true;
    return unknown();
  }

  Piece read_alternatives(int depth) {
    if (depth > kDepthMost) return lose();
    Piece all = read_sequence(depth);
    while (!is_at_end() && pattern_[at_] == '|') {
      ++at_;
      all = either(all, read_sequence(depth));
    }
    return all;
  }

  static Piece either(const Piece& a, const Piece& b) {
    Piece out = unknown();
    if (a.exact && b.exact && a.exact->size() + b.exact->size() <= kExactMost) {
      out.exact = *a.exact;
      out.exact->insert(out.exact->end(), b.exact->begin(), b.exact->end());
    }
    const Texts first = needs_of(a);
    const Texts second = needs_of(b);
    if (first.empty() || second.empty() || first.size() + second.size() > kTextsMost) return out;
    out.needs = first;
    out.needs.insert(out.needs.end(), second.begin(), second.end());
    return out;
  }

  Piece read_sequence(int depth) {
    Sequence sequence;
    while (!is_at_end() && pattern_[at_] != '|' && pattern_[at_] != ')') {
      is_space_ = false;
      const Piece atom = read_atom(depth);
      sequence.add(read_repeats(atom));
    }
    return sequence.finish();
  }

  Piece read_atom(int depth) {
    const char c = pattern_[at_++];
    switch (c) {
      case '(':
        return read_group(depth);
      case '[':
        return read_class();
      case '\\':
        return read_escape();
      case '^':
      case '$':
        return {};
      case '.':
        return unknown();
      case '*':
      case '+':
      case '?':
      case '{':
        return c == '{' ? literal(U'{') : lose();
      default:
        --at_;
        return literal(next_code_point(pattern_, at_));
    }
  }

  static Piece literal(char32_t c) {
    if (!has_one_case(c)) return unknown();
    std::string text;
    append_utf8(text, c);
    return {.exact = Texts{to_lower_ascii(text)}, .needs = {}};
  }

  // ASCII, whose case is taken care of, and signs that have none.
  static bool has_one_case(char32_t c) {
    const auto is_between = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
    return is_between(0x20, 0x7E) || (is_between(0xA1, 0xBF) && c != 0xB5) ||
           is_between(0x2010, 0x20CF) || is_between(0x2190, 0x23FF) || is_between(0x2500, 0x2BFF) ||
           is_between(0x1F300, 0x1FAFF);
  }

  Piece read_group(int depth) {
    if (pattern_.substr(at_).starts_with("?:")) {
      at_ += 2;
    } else if (pattern_.substr(at_).starts_with("?")) {
      return lose();
    }
    Piece inner = read_alternatives(depth + 1);
    is_space_ = false;
    if (is_at_end() || pattern_[at_] != ')') return lose();
    ++at_;
    return inner;
  }

  // A few plain characters are that many texts; ranges and escapes are anything.
  Piece read_class() {
    const std::size_t start = at_;
    if (at_ < pattern_.size() && pattern_[at_] == '^') ++at_;
    if (at_ < pattern_.size() && pattern_[at_] == ']') ++at_;
    while (at_ < pattern_.size() && pattern_[at_] != ']') at_ += pattern_[at_] == '\\' ? 2 : 1;
    if (at_ >= pattern_.size()) return lose();
    const auto inside = pattern_.substr(start, at_++ - start);
    if (inside.contains("[:")) return lose();
    const bool is_plain = !inside.empty() && inside[0] != '^' && inside[0] != '[' &&
                          inside.find('-', 1) >= inside.size() - 1 && !inside.contains('\\');
    Texts texts;
    for (std::size_t next = 0; is_plain && next < inside.size();) {
      const auto piece = literal(next_code_point(inside, next));
      if (!piece.exact || texts.size() == kClassMost) return unknown();
      texts.push_back(piece.exact->front());
    }
    return is_plain ? Piece{.exact = std::move(texts), .needs = {}} : unknown();
  }

  Piece read_escape() {
    if (is_at_end()) return lose();
    const char c = pattern_[at_++];
    const char lower = to_lower_ascii(c);
    if (c == 'b' || c == 'B') return {};
    if (c == 's') {
      is_space_ = is_folded_;
      return is_folded_ ? literal(U' ') : unknown();
    }
    if (c == 'd' || c == 'w' || c == 'D' || c == 'W' || c == 'S' || c == 'n' || c == 'r' ||
        c == 't')
      return unknown();
    if (c == 'x') return read_code();
    const bool is_other = (lower >= 'a' && lower <= 'z') || is_digit_ascii(c);
    return is_other ? lose() : literal(static_cast<unsigned char>(c));
  }

  Piece read_code() {
    if (pattern_.substr(at_).starts_with("{")) {
      at_ = std::min(pattern_.find('}', at_), pattern_.size() - 1) + 1;
    } else {
      at_ = std::min(at_ + 2, pattern_.size());
    }
    return unknown();
  }

  Piece read_repeats(Piece piece) {
    if (is_at_end()) return piece;
    const char c = pattern_[at_];
    std::size_t least = 1;
    if (c == '?' || c == '*') {
      least = 0;
      ++at_;
    } else if (c == '+') {
      ++at_;
    } else if (c == '{' && at_ + 1 < pattern_.size() && is_digit_ascii(pattern_[at_ + 1])) {
      const auto close = pattern_.find('}', at_);
      if (close == std::string_view::npos) return lose();
      const auto inside = pattern_.substr(at_ + 1, close - at_ - 1);
      const auto number = parse_u64(inside.substr(0, inside.find(',')));
      if (!number) return lose();
      least = *number;
      at_ = close + 1;
    } else {
      return piece;
    }
    if (!is_at_end() && (pattern_[at_] == '?' || pattern_[at_] == '+')) ++at_;
    return repeat(std::move(piece), least, c == '?');
  }

  Piece repeat(Piece piece, std::size_t least, bool is_optional) const {
    if (is_space_) return least > 0 ? piece : Piece{.exact = Texts{"", " "}, .needs = {}};
    if (least == 0) {
      if (!is_optional || !piece.exact) return unknown();
      piece.exact->emplace_back();
      return {.exact = std::move(piece.exact), .needs = {}};
    }
    Texts needs = needs_of(piece);
    if (needs.empty() && least > 1 && piece.exact && piece.exact->size() <= kClassMost) {
      for (const auto& first : *piece.exact) {
        if (is_telling(first)) {
          needs.push_back(first);
          continue;
        }
        for (const auto& second : *piece.exact) needs.push_back(first + second);
      }
      if (!is_usable(needs)) needs.clear();
    }
    return {.exact = std::nullopt, .needs = std::move(needs)};
  }

  std::string_view pattern_;
  bool is_folded_;
  bool is_space_ = false;  // the last atom was \s, which in folded text is one space
  bool is_lost_ = false;
  std::size_t at_ = 0;
};

// Texts that hold another one of the set say nothing more.
Texts without_longer(Texts texts) {
  std::ranges::sort(texts, {}, &std::string::size);
  Texts out;
  for (auto& text : texts) {
    if (std::ranges::none_of(out, [&](const auto& shorter) { return text.contains(shorter); }))
      out.push_back(std::move(text));
  }
  return out;
}

}  // namespace

double frequency_of(const std::vector<std::string>& literals) {
  double sum = 0;
  for (const auto& text : literals) {
    const bool is_common = std::ranges::find(kCommon, trim(text)) != std::end(kCommon) ||
                           std::ranges::find(kCommon, text) != std::end(kCommon);
    // Marks of code stand in few messages.
    const auto letters = static_cast<double>(text.size() + (is_mark(text.front()) ? 1 : 0));
    sum += is_common ? kCommonFrequency : std::pow(kRareness, 1.0 - letters);
  }
  return sum;
}

std::vector<std::string> required_literals(std::string_view pattern, bool is_folded) {
  auto texts = without_longer(Reader(pattern, is_folded).read());
  if (!is_usable(texts) || frequency_of(texts) > kMostFrequency) return {};
  return texts;
}

}  // namespace gatehouse::guard
