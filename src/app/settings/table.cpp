#include <algorithm>
#include <cstddef>

#include "account_rows.hpp"
#include "cache_rows.hpp"
#include "chat_rows.hpp"
#include "gatehouse/settings/setting.hpp"
#include "guard_rows.hpp"
#include "job_rows.hpp"
#include "later_rows.hpp"
#include "line_rows.hpp"
#include "openid_rows.hpp"
#include "responder_rows.hpp"
#include "server_rows.hpp"

namespace gatehouse::settings {
namespace {

template <std::size_t... Sizes>
constexpr auto join(const std::array<Setting, Sizes>&... parts) {
  std::array<Setting, (Sizes + ...)> all;
  std::size_t at = 0;
  const auto append = [&](const auto& part) {
    for (const auto& row : part) all[at++] = row;
  };
  (append(parts), ...);
  return all;
}

constexpr auto kRows =
    join(kTopRows, kSecretRows, kVaultRows, kServerRows, kTlsRows, kSessionRows, kAccountRows,
         kOpenIdRows, kAuditRows, kStoreRows, kLimitRows, kGuardRows, kChatRows, kWebSocketRows,
         kRouteRows, kCacheRows, kPriceRows, kOpenAiRows, kOllamaRows, kN8nRows, kLineRows,
         kJwtRows, kWidgetRows, kRecordRows, kJobRows, kLogRows, kLaterRows);

}  // namespace

std::span<const Setting> all_settings() { return kRows; }

const Setting* find_setting(std::string_view key) {
  const auto* row = std::ranges::find(kRows, key, &Setting::key);
  return row == kRows.end() ? nullptr : row;
}

const Setting* find_flag(std::string_view flag) {
  if (flag.empty()) return nullptr;
  const auto* row = std::ranges::find(kRows, flag, &Setting::flag);
  return row == kRows.end() ? nullptr : row;
}

}  // namespace gatehouse::settings
