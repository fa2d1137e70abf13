#include "json_strings.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// The code unit of "XXXX" at the beginning of `text`.
std::optional<char32_t> read_unit(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  char32_t unit = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = hex_value(c);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<char32_t>(digit);
  }
  return unit;
}

// Appends what \uXXXX at the beginning of `rest` stands for; returns the bytes it takes.
std::size_t append_unicode_escape(std::string& out, std::string_view rest) {
  const auto unit = read_unit(rest.substr(2));
  if (!unit) {
    out += rest.substr(0, 2);
    return 2;
  }
  if (*unit < 0xD800 || *unit > 0xDFFF) {
    append_utf8(out, *unit);
    return 6;
  }
  const auto low = *unit < 0xDC00 && rest.substr(6).starts_with("\\u") ? read_unit(rest.substr(8))
                                                                       : std::nullopt;
  if (!low || *low < 0xDC00 || *low > 0xDFFF) {
    append_utf8(out, kReplacement);
    return 6;
  }
  append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
  return 12;
}

}  // namespace

std::optional<JsonString> next_json_string(std::string_view json, std::size_t from) {
  const auto begin = json.find('"', from);
  if (begin == std::string_view::npos) return std::nullopt;
  std::size_t end = begin + 1;
  while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
  return JsonString{begin, std::min(end + 1, json.size())};
}

std::string decode_json_string(std::string_view escaped) {
  std::string out;
  out.reserve(escaped.size());
  while (!escaped.empty()) {
    const auto plain = std::min(escaped.find('\\'), escaped.size());
    out += escaped.substr(0, plain);
    escaped.remove_prefix(plain);
    if (escaped.size() < 2) {
      out += escaped;
      break;
    }
    if (escaped[1] == 'u') {
      escaped.remove_prefix(append_unicode_escape(out, escaped));
      continue;
    }
    constexpr std::string_view kNames = "bfnrt";
    const auto known = kNames.find(escaped[1]);
    out += known == std::string_view::npos ? escaped[1] : "\b\f\n\r\t"[known];
    escaped.remove_prefix(2);
  }
  return out;
}

}  // namespace gatehouse::guard
