#include "required_literals.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "literal_choice.hpp"

namespace gatehouse::guard {
namespace {

using Marks = std::vector<MarkSet>;

constexpr std::size_t kExactMost = 128;
constexpr std::size_t kClassMost = 16;
constexpr std::size_t kTextBytesMost = 32;
constexpr int kDepthMost = 32;
constexpr std::size_t kMarksMost = 6;
// What a piece of a pattern may match.
struct Piece {
  std::optional<Texts> exact = Texts{""};  // all of it, if it is a few texts
  Texts needs;                             // one of them, if not empty
  Marks marks;                             // one of each
};

Piece unknown() { return {.exact = std::nullopt, .needs = {}, .marks = {}}; }

// The sets that say most.
Marks fewest_of(Marks marks) {
  std::ranges::sort(marks, {}, [](MarkSet set) { return std::pair(set.count(), set); });
  Marks out;
  for (const auto set : marks) {
    const bool says_more =
        std::ranges::none_of(out, [&](MarkSet known) { return known.is_within(set); });
    if (out.size() < kMarksMost && says_more) out.push_back(set);
  }
  return out;
}

Texts needs_of(const Piece& piece) {
  return piece.exact && is_usable(*piece.exact) ? better(*piece.exact, piece.needs) : piece.needs;
}

// Pieces one after the other.
class Sequence {
 public:
  void add(const Piece& piece) {
    marks_.insert(marks_.end(), piece.marks.begin(), piece.marks.end());
    if (piece.exact && extend(*piece.exact)) return;
    end_run();
    whole_ = false;
    needs_ = better(needs_, needs_of(piece));
    if (piece.exact) run_ = *piece.exact;
  }
  Piece finish() {
    Marks marks = fewest_of(std::move(marks_));
    if (whole_) return {.exact = std::move(run_), .needs = {}, .marks = std::move(marks)};
    end_run();
    return {.exact = std::nullopt, .needs = std::move(needs_), .marks = std::move(marks)};
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
  Marks marks_;
  bool whole_ = true;
};

// Reads the part of Hyperscan's syntax that rules use; anything else makes it give up.
class Reader {
 public:
  explicit Reader(std::string_view pattern) : pattern_(pattern) {}

  Piece read() {
    Piece piece = read_alternatives(0);
    return is_lost_ || at_ != pattern_.size() ? unknown() : piece;
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
    for (auto set : a.marks) {
      for (const auto other : b.marks) out.marks.push_back(set.with(other));
    }
    out.marks = fewest_of(std::move(out.marks));
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
    Piece piece = unknown();
    std::string text;
    append_utf8(text, c);
    if (const auto mark = mark_of(c); mark != MarkSet()) piece.marks = {mark};
    if (has_one_case(c)) piece.exact = Texts{to_lower_ascii(text)};
    return piece;
  }

  static MarkSet mark_of(char32_t c) {
    if (c < 0x80) return MarkSet(std::string(1, static_cast<char>(c)));
    return has_one_case(c) ? kBeyondAscii : MarkSet();
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
    bool is_plain = !inside.empty() && inside[0] != '^' && inside[0] != '[' &&
                    inside.find('-', 1) >= inside.size() - 1 && !inside.contains('\\');
    Texts texts;
    for (std::size_t next = 0; is_plain && next < inside.size();) {
      const auto piece = literal(next_code_point(inside, next));
      is_plain &= piece.exact && texts.size() < kClassMost;
      if (!is_plain) break;
      texts.push_back(piece.exact->front());
    }
    Piece piece = unknown();
    if (is_plain) piece.exact = std::move(texts);
    if (const auto marks = marks_of_class(inside); marks != MarkSet()) piece.marks = {marks};
    return piece;
  }

  // Nothing, if the class has more than marks.
  static MarkSet marks_of_class(std::string_view inside) {
    MarkSet marks;
    for (std::size_t next = 0; next < inside.size();) {
      const bool is_range = inside[next] == '-' && next > 0 && next + 1 < inside.size();
      const bool is_escape = inside[next] == '\\' && next + 1 < inside.size();
      if (is_range || inside.starts_with('^')) return {};
      if (is_escape) ++next;
      const char32_t c = next_code_point(inside, next);
      const MarkSet mark = is_escape ? mark_of_escape(c) : mark_of(c);
      if (mark == MarkSet()) return {};
      marks.add(mark);
    }
    return marks;
  }

  static MarkSet mark_of_escape(char32_t c) {
    if (c == U'd') return kAnyDigit;
    return c == U'n' ? MarkSet("\n") : c == U'r' ? MarkSet("\r") : mark_of(c);
  }

  Piece read_escape() {
    if (is_at_end()) return lose();
    const char c = pattern_[at_++];
    const char lower = to_lower_ascii(c);
    if (c == 'b' || c == 'B') return {};
    if (c == 's') {
      is_space_ = true;
      return literal(U' ');
    }
    if (c == 'w' || c == 'D' || c == 'W' || c == 'S' || c == 't') return unknown();
    if (c == 'n' || c == 'r' || c == 'd')
      return {.exact = std::nullopt, .needs = {}, .marks = {mark_of_escape(c)}};
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
    Marks marks = least > 0 ? piece.marks : Marks{};
    piece = repeat(std::move(piece), least, c == '?');
    piece.marks = std::move(marks);
    return piece;
  }

  Piece repeat(Piece piece, std::size_t least, bool is_optional) const {
    if (is_space_)
      return least > 0 ? piece : Piece{.exact = Texts{"", " "}, .needs = {}, .marks = {}};
    if (least == 0) {
      if (!is_optional || !piece.exact) return unknown();
      piece.exact->emplace_back();
      return {.exact = std::move(piece.exact), .needs = {}, .marks = {}};
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
    return {.exact = std::nullopt, .needs = std::move(needs), .marks = {}};
  }

  std::string_view pattern_;
  bool is_space_ = false;  // the last atom was \s, which in folded text is one space
  bool is_lost_ = false;
  std::size_t at_ = 0;
};

std::string with_single_spaces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' || !out.ends_with(' ')) out += c;
  }
  return out;
}

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

std::vector<std::string> required_literals(std::string_view pattern) {
  auto texts = needs_of(Reader(pattern).read());
  for (auto& text : texts) text = with_single_spaces(text);
  texts = without_longer(std::move(texts));
  if (!is_usable(texts) || !is_rare(texts)) return {};
  return texts;
}

std::vector<MarkSet> required_marks(std::string_view pattern) {
  return Reader(pattern).read().marks;
}

Requirement requirement_of(const std::vector<std::string>& parts) {
  Requirement out;
  for (const auto& part : parts) {
    auto literals = required_literals(part);
    const bool is_rarer =
        !literals.empty() &&
        (out.literals.empty() || frequency_of(literals) < frequency_of(out.literals));
    if (is_rarer) out.literals = std::move(literals);
    std::ranges::copy(required_marks(part), std::back_inserter(out.marks));
  }
  return out;
}

}  // namespace gatehouse::guard
