#include "surrogate_carry.hpp"

#include <algorithm>
#include <charconv>

#include "gatehouse/base/text.hpp"

namespace gatehouse::responders {
namespace {

// Stand-ins at the end of the private use planes: one for each unit from 0xD800 to 0xDFFF.
constexpr char32_t kFirstStandIn = 0x10F800;
constexpr char32_t kLastStandIn = 0x10FFFF;
constexpr char32_t kReplacement = 0xFFFD;
constexpr std::size_t kStandInBytes = 4;
constexpr std::size_t kEscapeBytes = 6;

bool is_high(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// The unit of an escape \uXXXX at the beginning of `text`; 0 if there is none.
char32_t unit_at(std::string_view text) {
  if (text.size() < kEscapeBytes || !text.starts_with("\\u")) return 0;
  std::uint32_t unit = 0;
  const char* const end = text.data() + kEscapeBytes;
  const auto read = std::from_chars(text.data() + 2, end, unit, 16);
  return read.ec == std::errc() && read.ptr == end ? unit : 0;
}

// The stand-in at the beginning of `text` as the unit it stands for; 0 if there is none.
char32_t stand_in_at(std::string_view text) {
  if (text.size() < kStandInBytes || static_cast<unsigned char>(text[0]) != 0xF4) return 0;
  char32_t code_point = 4;
  for (std::size_t i = 1; i < kStandInBytes; ++i)
    code_point = code_point << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  if (code_point < kFirstStandIn || code_point > kLastStandIn) return 0;
  return code_point - kFirstStandIn + 0xD800;
}

}  // namespace

std::optional<std::string> SurrogateCarry::mend(std::string_view json_text) {
  std::string out;
  bool is_changed = false;
  while (!json_text.empty()) {
    const auto plain = std::min(json_text.find('\\'), json_text.size());
    out += json_text.substr(0, plain);
    json_text.remove_prefix(plain);
    const char32_t unit = unit_at(json_text);
    std::size_t length = std::min<std::size_t>(unit == 0 ? 2 : kEscapeBytes, json_text.size());
    if (is_high(unit) && is_low(unit_at(json_text.substr(length)))) {
      length += kEscapeBytes;
    } else if (is_high(unit) || is_low(unit)) {
      append_utf8(out, kFirstStandIn + (unit - 0xD800));
      json_text.remove_prefix(length);
      is_changed = true;
      continue;
    }
    out += json_text.substr(0, length);
    json_text.remove_prefix(length);
  }
  if (!is_changed) return std::nullopt;
  return out;
}

char32_t SurrogateCarry::take(std::uint32_t choice, std::uint32_t stream) {
  const auto own = std::ranges::find_if(
      waiting_, [=](const Half& half) { return half.choice == choice && half.stream == stream; });
  if (own == waiting_.end()) return 0;
  const char32_t unit = own->unit;
  waiting_.erase(own);
  return unit;
}

std::string SurrogateCarry::join(std::uint32_t choice, std::uint32_t stream,
                                 std::string_view text) {
  if (text.empty()) return {};
  std::string out;
  char32_t high = take(choice, stream);
  while (!text.empty()) {
    const char32_t unit = was_mended_ ? stand_in_at(text) : 0;
    if (high != 0) {
      append_utf8(
          out, is_low(unit) ? 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) : kReplacement);
    } else if (is_low(unit)) {
      append_utf8(out, kReplacement);
    }
    high = is_high(unit) ? unit : 0;
    if (unit == 0) out += text.front();
    text.remove_prefix(unit == 0 ? 1 : kStandInBytes);
  }
  if (high != 0) waiting_.push_back({choice, stream, high});
  return out;
}

}  // namespace gatehouse::responders
