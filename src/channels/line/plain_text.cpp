#include <algorithm>
#include <array>

#include "gatehouse/base/text.hpp"
#include "line_text.hpp"

namespace gatehouse::channels::line {
namespace {

constexpr std::string_view kMarks = "\\`*_{}[]()#+-.!|>~";

bool is_space(std::string_view text, std::size_t at) {
  return at >= text.size() || text[at] == ' ' || text[at] == '\n';
}

bool is_word_byte(std::string_view text, std::size_t at) {
  if (at >= text.size()) return false;
  const char lower = to_lower_ascii(text[at]);
  return is_digit_ascii(lower) || (lower >= 'a' && lower <= 'z') ||
         static_cast<unsigned char>(lower) >= 0x80;
}

// One line at a time; code between fences stays as it is.
class PlainText {
 public:
  std::string make(std::string_view markdown) {
    while (!markdown.empty()) {
      const auto end = std::min(markdown.find('\n'), markdown.size());
      add_line(markdown.substr(0, end));
      markdown.remove_prefix(std::min(end + 1, markdown.size()));
    }
    return std::string(trim(out_));
  }

 private:
  void add_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto bare = trim(line);
    if (bare.starts_with("```") || bare.starts_with("~~~")) {
      is_code_ = !is_code_;
      return;
    }
    if (!is_code_) {
      if (is_rule(bare)) return;
      line = without_block_marks(line);
      add_words(line);
    } else {
      out_ += line;
    }
    out_ += '\n';
  }

  // "---", "***": and what stands between the head of a table and its rows.
  static bool is_rule(std::string_view bare) {
    const auto is_of_rule = [](char c) {
      return c == '-' || c == '*' || c == '_' || c == ' ' || c == '|' || c == ':' || c == '=';
    };
    return bare.size() >= 3 && std::ranges::all_of(bare, is_of_rule);
  }

  std::string_view without_block_marks(std::string_view line) {
    const auto indent = std::min(line.find_first_not_of(" \t"), line.size());
    std::string_view rest = line.substr(indent);
    while (rest.starts_with("> ") || rest == ">")
      rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
    const auto hashes = std::min(rest.find_first_not_of('#'), rest.size());
    if (hashes > 0 && hashes <= 6 && hashes < rest.size() && rest[hashes] == ' ') {
      rest = trim(rest.substr(hashes));
      while (rest.ends_with('#')) rest.remove_suffix(1);
      return trim(rest);
    }
    out_ += line.substr(0, indent);
    constexpr std::array<std::string_view, 3> kBullets = {"- ", "* ", "+ "};
    for (const auto bullet : kBullets) {
      if (!rest.starts_with(bullet)) continue;
      out_ += "• ";
      return rest.substr(bullet.size());
    }
    return rest;
  }

  void add_words(std::string_view line) {
    for (std::size_t at = 0; at < line.size();) {
      const auto rest = line.substr(at);
      if (rest.size() > 1 && rest[0] == '\\' && kMarks.contains(rest[1])) {
        out_ += rest[1];
        at += 2;
      } else if (const auto taken = add_code(rest); taken > 0) {
        at += taken;
      } else if (const auto link = add_link(rest); link > 0) {
        at += link;
      } else if (const auto marks = emphasis_at(line, at); marks > 0) {
        at += marks;
      } else {
        out_ += line[at++];
      }
    }
  }

  std::size_t add_code(std::string_view rest) {
    const auto ticks = std::min(rest.find_first_not_of('`'), rest.size());
    if (ticks == 0) return 0;
    const auto end = rest.find(rest.substr(0, ticks), ticks);
    if (end == rest.npos) return 0;
    out_ += rest.substr(ticks, end - ticks);
    return end + ticks;
  }

  // [text](address) and ![text](address); an address that is its own text stands there once.
  std::size_t add_link(std::string_view rest) {
    const std::size_t begin = rest.starts_with("![") ? 2 : rest.starts_with('[') ? 1 : 0;
    if (begin == 0) return 0;
    const auto middle = rest.find("](", begin);
    if (middle == rest.npos || rest.substr(begin, middle - begin).contains('[')) return 0;
    const auto end = rest.find(')', middle + 2);
    if (end == rest.npos) return 0;
    const auto text = rest.substr(begin, middle - begin);
    auto address = trim(rest.substr(middle + 2, end - middle - 2));
    address = address.substr(0, address.find(' '));  // a title may follow
    if (address.empty() || address.starts_with('#')) {
      add_words(text);
    } else if (text.empty() || text == address) {
      out_ += address;
    } else {
      add_words(text);
      out_.append(" (").append(address).append(")");
    }
    return end + 1;
  }

  // How many bytes of a mark of emphasis stand there; 0: it is a character like others.
  static std::size_t emphasis_at(std::string_view line, std::size_t at) {
    const char mark = line[at];
    if (mark != '*' && mark != '_' && mark != '~') return 0;
    std::size_t count = 0;
    while (at + count < line.size() && line[at + count] == mark) ++count;
    const bool is_begin = at == 0 || is_space(line, at - 1);
    const bool has_space_behind = is_space(line, at + count);
    if (count > 3 || (is_begin && has_space_behind)) return 0;
    if (mark == '~') return count == 2 ? count : 0;
    const bool is_within_word =
        at > 0 && is_word_byte(line, at - 1) && is_word_byte(line, at + count);
    if (mark == '_' && is_within_word) return 0;  // snake_case
    // A single one that nothing closes is a star.
    const auto other = std::string_view(line).substr(0, at).find(mark) != line.npos ||
                       line.find(mark, at + count) != line.npos;
    if (!other) return 0;
    return mark == '*' && count == 1 && is_digit_ascii(line[std::min(at + 1, line.size() - 1)]) &&
                   at > 0 && is_digit_ascii(line[at - 1])
               ? 0  // 2*3
               : count;
  }

  std::string out_;
  bool is_code_ = false;
};

}  // namespace

std::string plain_text(std::string_view markdown) { return PlainText().make(markdown); }

std::string source_lines(const std::vector<chat::Citation>& citations) {
  std::string lines;
  for (const auto& citation : citations) {
    const auto& name = citation.title.empty() ? citation.file : citation.title;
    if (name.empty()) continue;
    lines += "\n[";
    append_number(lines, citation.number);
    lines.append("] ").append(name);
    if (!citation.heading.empty() && citation.heading != name)
      lines.append(" › ").append(citation.heading);
  }
  return lines.empty() ? lines : "\n" + lines;
}

}  // namespace gatehouse::channels::line
