#include "gatehouse/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "gatehouse/base/utf8.hpp"

namespace gatehouse {

namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;
constexpr std::uint64_t kLowBits = 0x0101010101010101;

std::uint64_t load_word(const char* eight_bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, eight_bytes, sizeof word);
  return word;
}

// Bytes 'A' to 'Z' get the bit that makes them small; all others stay.
std::uint64_t to_lower_word(std::uint64_t word) {
  const std::uint64_t low = word & ~kHighBits;
  const std::uint64_t from_a = low + kLowBits * (0x80 - 'A');
  const std::uint64_t past_z = low + kLowBits * (0x80 - 'Z' - 1);
  return word | ((from_a & ~past_z & ~word & kHighBits) >> 2);
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto agree = [&](std::size_t at) {
    return to_lower_word(load_word(a.data() + at)) == to_lower_word(load_word(b.data() + at));
  };
  if (a.size() >= 8) {
    for (std::size_t at = 0; at + 8 < a.size(); at += 8) {
      if (!agree(at)) return false;
    }
    return agree(a.size() - 8);  // over some bytes again, so that none is compared alone
  }
  for (std::size_t at = 0; at < a.size(); ++at) {
    if (to_lower_ascii(a[at]) != to_lower_ascii(b[at])) return false;
  }
  return true;
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower_ascii(c);
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (const auto part = trim(text.substr(0, end)); !part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<std::uint64_t> parse_u64(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit_ascii(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

namespace {

// The length of the well-formed sequence at `at`, or 0. Table 3-7 of the Unicode Standard.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const auto is_tail = [&](std::size_t i) { return is_utf8_tail(text[at + i]); };
  const std::size_t left = text.size() - at;
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return left >= 2 && is_tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (left < 3 || !is_tail(1) || !is_tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogates
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (left < 4 || !is_tail(1) || !is_tail(2) || !is_tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;  // overlong
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace

Utf8Scan scan_utf8(std::string_view text) {
  Utf8Scan scan;
  std::size_t at = 0;
  while (at < text.size()) {
    // Eight ASCII bytes without a NUL at a time: what nearly all text is made of.
    if (text.size() - at >= 8) {
      const std::uint64_t word = load_word(text.data() + at);
      if (((word | (word - kLowBits)) & kHighBits) == 0) {
        at += 8;
        scan.characters += 8;
        continue;
      }
    }
    if (text[at] == '\0') scan.has_nul = true;
    const std::size_t length = sequence_length(text, at);
    if (length == 0) {
      scan.bytes = at;
      return scan;
    }
    at += length;
    ++scan.characters;
  }
  scan.bytes = at;
  scan.is_valid = true;
  return scan;
}

bool may_become_utf8(std::string_view rest) {
  if (rest.empty()) return true;
  if (rest.size() > 3) return false;
  const auto lead = static_cast<unsigned char>(rest.front());
  if (rest.size() == 1) return lead >= 0xC2 && lead <= 0xF4;
  std::array<char, 4> whole = {'\x80', '\x80', '\x80', '\x80'};
  std::ranges::copy(rest, whole.begin());
  return sequence_length({whole.data(), whole.size()}, 0) > rest.size();
}

std::size_t utf8_offset(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (is_utf8_tail(text[at])) continue;
    if (characters == 0) return at;
    --characters;
  }
  return at;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto put = [&](char32_t value) { out += static_cast<char>(value); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 0x0F];
  }
  return out;
}

namespace {

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> kBase64UrlValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64Url.size(); ++i) {
    values[static_cast<unsigned char>(kBase64Url[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out = to_base64url(bytes);
  std::ranges::replace(out, '-', '+');
  std::ranges::replace(out, '_', '/');
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string to_base64url(std::string_view bytes) {
  std::string out;
  append_base64url(out, bytes);
  return out;
}

void append_base64url(std::string& out, std::string_view bytes) {
  const std::size_t before = out.size();
  const std::size_t size = before + (bytes.size() * 4 + 2) / 3;
  out.resize_and_overwrite(size, [&](char* text, std::size_t) {
    char* at = text + before;
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 3))) {
      std::uint32_t bits = 0;  // three bytes, or the last one or two
      const std::size_t taken = std::min<std::size_t>(bytes.size(), 3);
      for (std::size_t i = 0; i < taken; ++i)
        bits |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (16 - 8 * i);
      for (std::size_t i = 0; i <= taken; ++i) *at++ = kBase64Url[(bits >> (18 - 6 * i)) & 0x3F];
    }
    return size;
  });
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::int8_t value = kBase64UrlValues[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFF);
    }
  }
  // A left-over of 6 bits encodes no byte, and left-over bits that are set make two spellings of
  // one value.
  if (held >= 6 || (bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace gatehouse
