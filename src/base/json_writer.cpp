#include "gatehouse/base/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "gatehouse/base/text.hpp"

namespace gatehouse {
namespace {

bool must_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

constexpr std::uint64_t kEveryByte = 0x0101010101010101;
// A text is looked at in pieces of so many bytes: those without an escape are copied whole.
constexpr std::size_t kEscapedAtOnce = 64;

std::uint64_t zero_bytes(std::uint64_t word) {
  return (word - kEveryByte) & ~word & (kEveryByte * 0x80);
}

std::uint64_t load_word(const char* bytes, std::size_t size) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, size);
  return word;
}

// True if none of the eight bytes needs an escape.
bool is_plain(std::uint64_t word) {
  const std::uint64_t below_space = (word - kEveryByte * 0x20) & ~word & (kEveryByte * 0x80);
  return (below_space | zero_bytes(word ^ (kEveryByte * '"')) |
          zero_bytes(word ^ (kEveryByte * '\\'))) == 0;
}

// The same for a whole text: nearly every text. The last word overlaps the one before it, so that
// no byte is looked at alone.
bool is_plain(std::string_view text) {
  const std::size_t size = text.size();
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      if (!is_plain(load_word(text.data() + at, 8))) return false;
    }
    return is_plain(load_word(text.data() + size - 8, 8));
  }
  if (size >= 4)
    return is_plain(load_word(text.data(), 4) | load_word(text.data() + size - 4, 4) << 32);
  return std::ranges::none_of(text, must_escape);
}

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[static_cast<unsigned char>(c) >> 4];
  out += kDigits[static_cast<unsigned char>(c) & 0x0F];
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto line = text.substr(0, kEscapedAtOnce);
    text.remove_prefix(line.size());
    if (is_plain(line)) {
      out += line;
      continue;
    }
    for (const char c : line) must_escape(c) ? append_escape(out, c) : out.push_back(c);
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void JsonWriter::separate() {
  if (std::exchange(needs_comma_, true)) out_ += ',';
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  const bool has_comma = std::exchange(needs_comma_, false);
  if (name.size() > kEscapedAtOnce || !is_plain(name)) {
    if (has_comma) out_ += ',';
    append_json_string(out_, name);
    out_ += ':';
    return *this;
  }
  // Nearly every name: written in one go.
  const std::size_t before = out_.size();
  const std::size_t size = before + name.size() + (has_comma ? 4 : 3);
  out_.resize_and_overwrite(size, [&](char* bytes, std::size_t) {
    char* at = bytes + before;
    if (has_comma) *at++ = ',';
    *at++ = '"';
    at += name.copy(at, name.size());
    *at++ = '"';
    *at = ':';
    return size;
  });
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  separate();
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();  // JSON has no other word for it
  separate();
  std::array<char, 40> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json_text) {
  separate();
  out_ += json_text;
  return *this;
}

}  // namespace gatehouse
