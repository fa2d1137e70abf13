#include "decoders.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/base/utf8.hpp"
#include "marks.hpp"

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

// The six bits that a character of base64 or base64url stands for; of others, a negative number.
constexpr auto kBase64Values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  std::int8_t next = 0;
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const char c : kAlphabet) values[static_cast<unsigned char>(c)] = next++;
  values['-'] = values['+'];
  values['_'] = values['/'];
  return values;
}();

int base64_value(char c) { return kBase64Values[static_cast<unsigned char>(c)]; }

void append_base64(std::string_view run, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + run.size() * 3 / 4);
  std::size_t to = start;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : run) {
    bits = (bits << 6) | static_cast<std::uint32_t>(base64_value(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[to++] = static_cast<char>((bits >> count) & 0xFF);
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

// Where the next character that is asked for stands; the end of the text if there is none.
template <typename Is>
std::size_t next_of(std::string_view text, std::size_t at, Is is) {
  const char* const bytes = text.data();
  while (at < text.size() && !is(bytes[at])) ++at;
  return at;
}

constexpr auto kHexValues = [] {
  std::array<std::int16_t, 256> values{};
  for (unsigned c = 0; c < values.size(); ++c)
    values[c] = static_cast<std::int16_t>(c < 0x80 ? hex_value(static_cast<char>(c)) : -1);
  return values;
}();

// The byte that two hexadecimal digits at `at` stand for; if they are none, a negative number.
int hex_byte(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return -1;
  const int high = kHexValues[static_cast<unsigned char>(text[at])];
  if (high < 0) return -1;
  const int low = kHexValues[static_cast<unsigned char>(text[at + 1])];
  return low < 0 ? -1 : high * 16 + low;
}

std::size_t skip_separators(std::string_view text, std::size_t at) {
  constexpr MarkSet kBetween(",:-\\");
  const auto may_separate = [&](std::size_t place) {
    const char c = place < text.size() ? text[place] : 'x';
    return c == ' ' || c == '0' || MarkSet({&c, 1}).holds_any(kBetween);
  };
  if (!may_separate(at)) return at;
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
    const std::size_t first = next_of(text, at, [](char c) { return base64_value(c) >= 0; });
    at = next_of(text, first, [](char c) { return base64_value(c) < 0; });
    if (at - first < kLeastRun) continue;
    const std::size_t start = out.size();
    append_base64(text.substr(first, at - first), out);
    has_any |= keep_if_readable(out, start);
  }
  return has_any;
}

bool decode_hex(std::string_view text, std::string& out) {
  bool has_any = false;
  const auto is_digit = [](char c) { return kHexValues[static_cast<unsigned char>(c)] >= 0; };
  for (std::size_t at = next_of(text, 0, is_digit); at < text.size();
       at = next_of(text, at, is_digit)) {
    const std::size_t start = out.size();
    int byte = hex_byte(text, at);
    if (byte < 0) ++at;
    for (; byte >= 0; byte = hex_byte(text, at)) {
      out += static_cast<char>(byte);
      at = skip_separators(text, at + 2);
    }
    const bool is_run = out.size() - start >= kLeastHexPairs;
    if (!is_run) out.resize(start);
    has_any |= is_run && keep_if_readable(out, start);
  }
  return has_any;
}

bool decode_binary(std::string_view text, std::string& out) {
  bool has_any = false;
  std::size_t start = out.size();
  for (std::size_t at = 0; at < text.size();) {
    if (out.size() == start) at = next_of(text, at, [](char c) { return c == '0' || c == '1'; });
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

}  // namespace gatehouse::guard
