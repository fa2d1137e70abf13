// Amounts of money without floating point: in millionths of whatever currency the operator uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

inline constexpr std::uint64_t kMicrosPerUnit = 1'000'000;
inline constexpr std::uint64_t kMaxMoneyMicros = 1'000'000'000 * kMicrosPerUnit;

// "12", "0.15": digits, and at most six more behind a point. Nothing for all else, and for more
// than kMaxMoneyMicros.
std::optional<std::uint64_t> parse_money(std::string_view text);
// The shortest text that parse_money() reads as `micros`: "2.5".
std::string money_text(std::uint64_t micros);

}  // namespace gatehouse
