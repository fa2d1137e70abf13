#include "gatehouse/base/money.hpp"

#include <algorithm>

#include "gatehouse/base/text.hpp"

namespace gatehouse {
namespace {

constexpr std::size_t kFractionDigits = 6;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit_ascii);
}

}  // namespace

std::optional<std::uint64_t> parse_money(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "0" : text.substr(point + 1));
  if (!is_digits(whole) || !is_digits(fraction) || fraction.size() > kFractionDigits)
    return std::nullopt;
  fraction.append(kFractionDigits - fraction.size(), '0');
  const auto units = parse_u64(whole);
  if (!units || *units > kMaxMoneyMicros / kMicrosPerUnit) return std::nullopt;
  const std::uint64_t micros = *units * kMicrosPerUnit + parse_u64(fraction).value_or(0);
  if (micros > kMaxMoneyMicros) return std::nullopt;
  return micros;
}

std::string money_text(std::uint64_t micros) {
  std::string text = std::to_string(micros / kMicrosPerUnit);
  std::string fraction = std::to_string(micros % kMicrosPerUnit);
  if (fraction == "0") return text;
  fraction.insert(0, kFractionDigits - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return text + "." + fraction;
}

}  // namespace gatehouse
