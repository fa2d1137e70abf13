#include "decoders.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "text_signals.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kLeastRun = 16;
constexpr std::size_t kLeastHexPairs = 8;
constexpr std::size_t kLeastBinaryGroups = 3;

// Bytes that somebody meant to be read: well-formed, and hardly a control character.
bool is_readable(std::string_view bytes) {
  const Utf8Scan scan = scan_utf8(bytes);
  if (!scan.is_valid || scan.has_nul || scan.characters < 4) return false;
  const auto controls = std::ranges::count_if(bytes, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F;
  });
  return static_cast<std::size_t>(controls) * 16 <= bytes.size();
}

// What was appended from `start` on stays as a line of its own, if it can be read.
bool keep_if_readable(std::string& out, std::size_t start) {
  if (!is_readable(std::string_view(out).substr(start))) {
    out.resize(start);
    return false;
  }
  out += '\n';
  return true;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (is_digit_ascii(c)) return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

void append_base64(std::string_view run, std::string& out) {
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : run) {
    const int value = base64_value(c);
    if (value < 0) continue;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> count) & 0xFF);
  }
}

void append_code_point_if_text(std::string& out, std::uint32_t code_point) {
  const bool is_text =
      code_point != 0 && code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
  if (is_text) append_utf8(out, code_point);
}

struct Number {
  std::uint32_t value = 0;
  std::size_t digits = 0;
};

Number read_number(std::string_view text, unsigned base, std::size_t most_digits) {
  Number number;
  while (number.digits < std::min(most_digits, text.size())) {
    const int digit = hex_value(text[number.digits]);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) break;
    number.value = number.value * base + static_cast<std::uint32_t>(digit);
    ++number.digits;
  }
  return number;
}

// Bytes written one by one become characters only if they fit together.
void append_bytes_as_text(std::string& out, std::string_view bytes) {
  if (scan_utf8(bytes).is_valid) {
    for (const char c : bytes) out += c == '\0' ? ' ' : c;
    return;
  }
  for (const char c : bytes) append_code_point_if_text(out, static_cast<unsigned char>(c));
}

constexpr std::array<std::pair<std::string_view, char32_t>, 16> kEntities = {{{"lt", U'<'},
                                                                              {"gt", U'>'},
                                                                              {"amp", U'&'},
                                                                              {"quot", U'"'},
                                                                              {"apos", U'\''},
                                                                              {"nbsp", U' '},
                                                                              {"colon", U':'},
                                                                              {"lpar", U'('},
                                                                              {"rpar", U')'},
                                                                              {"sol", U'/'},
                                                                              {"bsol", U'\\'},
                                                                              {"equals", U'='},
                                                                              {"tab", U' '},
                                                                              {"newline", U'\n'},
                                                                              {"semi", U';'},
                                                                              {"comma", U','}}};

// The entity behind '&': its bytes without it, or 0.
std::size_t read_entity(std::string_view text, std::string& out) {
  std::size_t size = 0;
  if (text.starts_with('#')) {
    const bool is_hex = text.size() > 1 && to_lower_ascii(text[1]) == 'x';
    const auto number = read_number(text.substr(is_hex ? 2 : 1), is_hex ? 16 : 10, 7);
    if (number.digits == 0) return 0;
    append_code_point_if_text(out, number.value);
    size = (is_hex ? 2 : 1) + number.digits;
  } else {
    const auto* found = std::ranges::find_if(kEntities, [&](const auto& entity) {
      return equals_ignoring_case(text.substr(0, entity.first.size()), entity.first);
    });
    if (found == kEntities.end()) return 0;
    append_utf8(out, found->second);
    size = found->first.size();
  }
  return size < text.size() && text[size] == ';' ? size + 1 : size;
}

// The escape behind '\': its bytes without it, or 0. Bytes (\x41, \101) are gathered in `bytes`.
std::size_t read_escape(std::string_view text, std::string& out) {
  if (text.empty()) return 0;
  const char kind = text[0];
  if (kind == 'u' || kind == 'U' || kind == 'x') {
    const bool is_braced = text.size() > 1 && text[1] == '{';
    const std::size_t most = is_braced ? 6 : kind == 'x' ? 2 : kind == 'U' ? 8 : 4;
    const std::size_t prefix = is_braced ? 2 : 1;
    const auto number = read_number(text.substr(prefix), 16, most);
    if (number.digits < 2) return 0;
    append_code_point_if_text(out, number.value);
    const std::size_t size = prefix + number.digits;
    return is_braced && size < text.size() && text[size] == '}' ? size + 1 : size;
  }
  const auto octal = read_number(text, 8, 3);
  if (octal.digits < 2 || octal.value > 0xFF) return 0;
  append_code_point_if_text(out, octal.value);
  return octal.digits;
}

// The whole text, with what follows each `mark` replaced where `read` knows it.
bool replace_all(std::string_view text, char mark,
                 std::size_t (*read)(std::string_view, std::string&), std::string& out) {
  const std::size_t start = out.size();
  bool has_any = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto next = std::min(text.find(mark, at), text.size());
    out.append(text, at, next - at);
    at = next;
    if (at == text.size()) break;
    const std::size_t size = read(text.substr(at + 1), out);
    if (size == 0) {
      out += mark;
    } else {
      has_any = true;
    }
    at += 1 + size;
  }
  if (!has_any) out.resize(start);
  return has_any;
}

std::size_t skip_separators(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end < at + 2 && std::string_view(" ,:-").contains(text[end])) ++end;
  if (text.substr(end).starts_with("0x") || text.substr(end).starts_with("\\x")) return end + 2;
  return end;
}

// The ASCII letters of morse, by code.
constexpr std::array<std::pair<std::string_view, char>, 36> kMorse = {
    {{".-", 'a'},    {"-...", 'b'},  {"-.-.", 'c'},  {"-..", 'd'},   {".", 'e'},
     {"..-.", 'f'},  {"--.", 'g'},   {"....", 'h'},  {"..", 'i'},    {".---", 'j'},
     {"-.-", 'k'},   {".-..", 'l'},  {"--", 'm'},    {"-.", 'n'},    {"---", 'o'},
     {".--.", 'p'},  {"--.-", 'q'},  {".-.", 'r'},   {"...", 's'},   {"-", 't'},
     {"..-", 'u'},   {"...-", 'v'},  {".--", 'w'},   {"-..-", 'x'},  {"-.--", 'y'},
     {"--..", 'z'},  {"-----", '0'}, {".----", '1'}, {"..---", '2'}, {"...--", '3'},
     {"....-", '4'}, {".....", '5'}, {"-....", '6'}, {"--...", '7'}, {"---..", '8'},
     {"----.", '9'}}};

}  // namespace

bool decode_base64(std::string_view text, std::string& out) {
  bool has_any = false;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_base64_character(text[at])) {
      ++at;
      continue;
    }
    const std::size_t first = at;
    while (at < text.size() && is_base64_character(text[at])) ++at;
    if (at - first < kLeastRun) continue;
    const std::size_t start = out.size();
    append_base64(text.substr(first, at - first), out);
    has_any |= keep_if_readable(out, start);
  }
  return has_any;
}

bool decode_hex(std::string_view text, std::string& out) {
  bool has_any = false;
  for (std::size_t at = 0; at + 1 < text.size();) {
    const std::size_t start = out.size();
    std::size_t next = at;
    while (next + 1 < text.size() && hex_value(text[next]) >= 0 && hex_value(text[next + 1]) >= 0) {
      out += static_cast<char>(hex_value(text[next]) * 16 + hex_value(text[next + 1]));
      next = skip_separators(text, next + 2);
    }
    const bool is_run = out.size() - start >= kLeastHexPairs;
    if (!is_run) out.resize(start);
    has_any |= is_run && keep_if_readable(out, start);
    at = std::max(next, at + 1);
  }
  return has_any;
}

bool decode_binary(std::string_view text, std::string& out) {
  bool has_any = false;
  std::size_t start = out.size();
  for (std::size_t at = 0; at < text.size();) {
    const auto group = read_number(text.substr(at), 2, 8);
    if (group.digits == 8) {
      out += static_cast<char>(group.value);
      at += 8;
      if (at < text.size() && text[at] == ' ') ++at;
      continue;
    }
    if (out.size() - start < kLeastBinaryGroups) {
      out.resize(start);
    } else {
      has_any |= keep_if_readable(out, start);
    }
    start = out.size();
    at += group.digits + 1;
  }
  if (out.size() - start < kLeastBinaryGroups) {
    out.resize(start);
  } else {
    has_any |= keep_if_readable(out, start);
  }
  return has_any;
}

bool decode_percent(std::string_view text, std::string& out) {
  const std::size_t start = out.size();
  bool has_any = false;
  std::string bytes;  // of one run of escapes: a character may be several
  for (std::size_t at = 0; at < text.size();) {
    bytes.clear();
    while (at < text.size() && text[at] == '%') {
      std::size_t digits = at + 1;
      while (text.substr(digits).starts_with("25") && digits < at + 9) digits += 2;
      const auto number = read_number(text.substr(digits), 16, 2);
      if (number.digits < 2) break;
      bytes += static_cast<char>(number.value);
      at = digits + 2;
    }
    has_any |= !bytes.empty();
    append_bytes_as_text(out, bytes);
    if (at < text.size()) out += text[at] == '+' ? ' ' : text[at];
    ++at;
  }
  if (!has_any) out.resize(start);
  return has_any;
}

bool decode_entities(std::string_view text, std::string& out) {
  return replace_all(text, '&', read_entity, out);
}

bool decode_escapes(std::string_view text, std::string& out) {
  return replace_all(text, '\\', read_escape, out);
}

bool decode_morse(std::string_view text, std::string& out) {
  constexpr std::size_t kLeastLetters = 8;
  const std::size_t start = out.size();
  std::size_t letters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(" /\n", at), text.size());
    const auto code = text.substr(at, end - at);
    const auto* found = std::ranges::find(kMorse, code, &std::pair<std::string_view, char>::first);
    if (found != kMorse.end()) {
      out += found->second;
      ++letters;
    } else if (!code.empty() && letters < kLeastLetters) {
      out.resize(start);
      letters = 0;
    }
    const bool is_border = end < text.size() && (text[end] != ' ' || code.empty());
    if (is_border && out.size() > start && out.back() != ' ') out += ' ';
    at = end + 1;
  }
  if (letters < kLeastLetters) out.resize(start);
  return letters >= kLeastLetters;
}

void append_rot13(std::string_view text, std::string& out) {
  for (const char c : text) {
    const char lower = to_lower_ascii(c);
    const bool is_letter = lower >= 'a' && lower <= 'z';
    out += is_letter ? static_cast<char>('a' + (lower - 'a' + 13) % 26) : c;
  }
}

void append_reversed(std::string_view text, std::string& out) {
  for (std::size_t end = text.size(); end > 0;) {
    std::size_t at = end - 1;
    while (at > 0 && is_utf8_tail(text[at])) --at;
    out.append(text, at, end - at);
    end = at;
  }
}

void append_without_leet(std::string_view text, char one, std::string& out) {
  constexpr std::string_view kLeet = "0134578@$!|";
  const std::string letters = std::string("o") + one + "eastbas" + one + one;
  const auto is_letter = [](char c) {
    return to_lower_ascii(c) >= 'a' && to_lower_ascii(c) <= 'z';
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    bool has_letter = false;
    while (end < text.size() && text[end] != ' ') has_letter |= is_letter(text[end++]);
    for (; at < end; ++at) {
      const auto found = kLeet.find(text[at]);
      // A mark at the end of a word is a mark.
      const bool is_mark = at + 1 == end && !is_digit_ascii(text[at]);
      const bool stands_for = has_letter && found != std::string_view::npos && !is_mark;
      out += stands_for ? letters[found] : text[at];
    }
    while (at < text.size() && text[at] == ' ') out += text[at++];
  }
}

void append_joined(std::string_view text, std::string& out) {
  const auto is_word = [&](std::size_t at) {
    if (at >= text.size()) return false;
    const char lower = to_lower_ascii(text[at]);
    return (lower >= 'a' && lower <= 'z') || is_digit_ascii(lower) ||
           static_cast<unsigned char>(text[at]) >= 0x80;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_word(at) || at == 0) {
      out += text[at];
      continue;
    }
    const bool is_between_words = is_word(at - 1) && is_word(at + 1);
    const bool is_single = (at < 2 || !is_word(at - 2) || !is_word(at - 1)) ||
                           (at + 2 >= text.size() || !is_word(at + 2));
    const bool is_inner_mark = text[at] != ' ' && text[at] != '\n' && text[at] != '\'';
    if (is_between_words && (is_inner_mark || is_single)) continue;
    out += text[at];
  }
}

}  // namespace gatehouse::guard
