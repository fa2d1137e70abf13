#include "gatehouse/codec/form.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse::codec {
namespace {

std::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kInvalid, "The form " + std::move(why) + ".");
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  const auto scan = scan_utf8(out);
  if (!scan.is_valid || scan.has_nul) return std::nullopt;
  return out;
}

bool stays_as_it_is(char c) {
  const char lower = to_lower_ascii(c);
  return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_';
}

}  // namespace

Result<FormFields> FormFields::read(std::string_view text) {
  FormFields form;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    const auto equals = std::min(field.find('='), field.size());
    auto name = unescape(field.substr(0, equals));
    auto value = unescape(field.substr(std::min(equals + 1, field.size())));
    if (!name || !value) return malformed("has an escape that is none, or text that is no UTF-8");
    if (form.get(*name)) return malformed("has a field twice");
    if (form.fields_.size() >= kMostFields) return malformed("has too many fields");
    form.fields_.emplace_back(std::move(*name), std::move(*value));
  }
  return form;
}

std::optional<std::string_view> FormFields::get(std::string_view name) const {
  const auto found = std::ranges::find(fields_, name, &std::pair<std::string, std::string>::first);
  if (found == fields_.end()) return std::nullopt;
  return found->second;
}

void append_form_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (stays_as_it_is(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
}

void append_form_field(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += '&';
  append_form_escaped(out, name);
  out += '=';
  append_form_escaped(out, value);
}

}  // namespace gatehouse::codec
