#include "log_text.hpp"

#include <algorithm>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "gatehouse/codec/json.hpp"

namespace gatehouse::exporters {
namespace {

using codec::JsonValue;

// Escapes C0 and DEL, and C1 controls too: some terminals obey U+009B as an escape.
void append_safely(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || is_c1) {
      out += "\\x" + to_hex(text.substr(i, is_c1 ? 2 : 1));
      i += is_c1 ? 1 : 0;
    } else {
      out += text[i];
    }
  }
}

void append_value(std::string& out, const JsonValue& value) {
  if (!value.is_string()) {
    out += value.to_json();
    return;
  }
  const std::string_view text = value.string_or_empty();
  const bool is_word = !text.empty() && text.find_first_of(" =\"") == std::string_view::npos;
  if (!is_word) out += '"';
  append_safely(out, text);
  if (!is_word) out += '"';
}

void append_line(std::string& out, const JsonValue& line) {
  const auto time = line["time"].string_or_empty();
  const auto clock = time.find('T') + 1;  // 2026-01-31T23:59:59.123Z
  out += time.size() >= clock + 12 ? time.substr(clock, 12) : time;
  std::string level(line["level"].string_or_empty());
  std::ranges::transform(level, level.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  });
  level.resize(std::max<std::size_t>(level.size(), 7), ' ');
  out += " " + level + " ";
  append_safely(out, line["message"].string_or_empty());
  std::string_view between = "  ";
  for (const auto [name, value] : line.members()) {
    if (name == "time" || name == "level" || name == "message") continue;
    out += std::exchange(between, " ");
    append_safely(out, name);
    out += '=';
    append_value(out, value);
  }
  out += '\n';
}

}  // namespace

std::string to_log_text(std::string_view json_lines) {
  codec::JsonReader reader;
  std::string out;
  while (!json_lines.empty()) {
    const auto line = json_lines.substr(0, json_lines.find('\n'));
    json_lines.remove_prefix(std::min(line.size() + 1, json_lines.size()));
    const auto value = reader.read(line);
    if (value && value->is_object()) {
      append_line(out, *value);
    } else {
      append_safely(out, line);
      out += '\n';
    }
  }
  return out;
}

}  // namespace gatehouse::exporters
