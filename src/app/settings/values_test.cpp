// Good and bad values of every type.
#include "values.hpp"

#include <gtest/gtest.h>

#include <set>

#include "nearest_name.hpp"
#include "settings_test_support.hpp"

namespace gatehouse::settings {
namespace {

constexpr std::size_t kTypes = static_cast<std::size_t>(Type::kCookieName) + 1;

struct Case {
  std::string_view key;
  std::string_view text;
  std::string_view shown;  // empty: must be refused
};

constexpr Case kCases[] = {
    {"widget.title", "Ask \xC3\xBCs", "Ask \xC3\xBCs"},
    {"widget.title", "a\nb", ""},
    {"widget.title", "\xFF", ""},
    {"data_dir", "/var/lib/gatehouse", "/var/lib/gatehouse"},
    {"data_dir", "/var\x01", ""},
    {"session.secret", "abc", "set (3 characters)"},
    {"session.secret", "a\tb", ""},
    {"api_keys", "one:0123456789abcdef", "set (20 characters)"},
    {"api_keys", "one", ""},
    {"api_keys", "one:short", ""},
    {"api_keys", "one:0123456789abcdef,one:0123456789abcdef", ""},
    {"server.workers", "8", "8"},
    {"server.workers", "-1", ""},
    {"server.workers", "1.5", ""},
    {"server.workers", "8 threads", ""},
    {"server.workers", "1025", ""},
    {"server.workers", "99999999999999999999999", ""},
    {"server.header_count", "15", ""},
    {"limits.money_per_day", "02.50", "2.5"},
    {"limits.money_per_day", "2,50", ""},
    {"limits.money_per_day", "0.0000001", ""},
    {"debug", "YES", "true"},
    {"debug", "0", "false"},
    {"debug", "release", ""},
    {"log.level", "WARN", "warning"},
    {"log.level", "Critical", "error"},
    {"log.level", "loud", ""},
    {"environment", "prod", "production"},
    {"environment", "staging", ""},
    {"server.listen", "[::]:443", "[::]:443"},
    {"server.listen", "localhost:80", "127.0.0.1:80"},
    {"server.listen", "8080", ""},
    {"server.listen", ":8080", ""},
    {"server.listen", "::1:8080", ""},
    {"server.listen", "127.0.0.1:65536", ""},
    {"server.listen", "127.0.0.1:", ""},
    {"server.listen", "example.com:80", ""},
    {"openai.base_url", "https://api.example.com/v1//", "https://api.example.com/v1"},
    {"openai.base_url", "api.example.com", ""},
    {"openai.base_url", "ftp://api.example.com", ""},
    {"openai.base_url", "https://user:pass@api.example.com", ""},
    {"cors.origins", "HTTPS://A.example:443, http://b.example:81/",
     "https://a.example, http://b.example:81"},
    {"cors.origins", "*", "*"},
    {"cors.origins", "a.example", ""},
    {"cors.origins", "https://*.example", ""},
    {"cors.origins", "https://a.example/path", ""},
    {"cors.origins", "null", ""},
    {"server.hosts", "Chat.example.com, other:81", "chat.example.com, other:81"},
    {"server.hosts", "https://chat.example.com", ""},
    {"server.hosts", "*.example.com", ""},
    {"server.trusted_proxies", "10.1.2.3/8, ::1", "10.0.0.0/8, ::1/128"},
    {"server.trusted_proxies", "10.0.0.0/33", ""},
    {"server.trusted_proxies", "proxy", ""},
    {"guard.ja4_denied", "t13d1516h2_8daaf6152771_e5627efa2ab1",
     "t13d1516h2_8daaf6152771_e5627efa2ab1"},
    {"guard.ja4_denied", "t13d1516h2_8daaf6152771", ""},
    {"guard.ja4_denied", "t13d1516h2_8daaf6152771_e5627efa2abx", ""},
    {"widget.suggestions", "Hi, there? | What now?", "Hi, there? | What now?"},
    {"widget.suggestions", "1|2|3|4|5|6|7|8|9", ""},
    {"session.cookie_name", "chat-1", "chat-1"},
    {"session.cookie_name", "a b", ""},
    {"session.cookie_name", "__Host-a", ""},
};

TEST(Values, TakesGoodOnesAndRefusesBadOnes) {
  std::set<Type> types;
  for (const auto& [key, text, shown] : kCases) {
    const auto* setting = find_setting(key);
    ASSERT_NE(setting, nullptr) << key;
    types.insert(setting->type);
    const auto value = parse_value(*setting, text);
    ASSERT_EQ(value.has_value(), !shown.empty()) << key << " = " << text;
    if (value) {
      EXPECT_EQ(show(*setting, *value), shown);
    } else {
      EXPECT_FALSE(value.error().client_message.empty());
      EXPECT_TRUE(value.error().client_message.ends_with('.') || setting->is_secret());
    }
  }
  EXPECT_EQ(types.size(), kTypes) << "a type has no case here";
}

TEST(Values, TakesEmptyTextAsUnsetForEveryRow) {
  for (const auto& setting : all_settings()) {
    const auto value = parse_value(setting, "  ");
    ASSERT_TRUE(value.has_value()) << setting.key;
    EXPECT_TRUE(is_unset(*value)) << setting.key;
  }
}

TEST(Values, NeverQuotesASecret) {
  constexpr std::string_view kValue = "Tz81-not-to-be-seen\x01-Qq";
  for (const auto& setting : all_settings()) {
    if (!setting.is_secret()) continue;
    const auto value = parse_value(setting, kValue);
    ASSERT_FALSE(value.has_value()) << setting.key;
    EXPECT_EQ(value.error().client_message.find("Tz81"), std::string::npos) << setting.key;
  }
}

TEST(Values, MasksCredentialsInWhatItQuotes) {
  EXPECT_EQ(quote("https://me:hunterhunter@example.com").find("hunter"), std::string::npos);
  EXPECT_EQ(quote("\x1B[31m"), "\"?[31m\"");
  EXPECT_LT(quote(std::string(1000, 'a')).size(), 100U);
}

TEST(Values, HasATableWhoseDefaultsAndNamesAreSound) {
  std::set<std::string_view> keys;
  std::set<std::string_view> names;
  for (const auto& setting : all_settings()) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key << " stands there twice";
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    EXPECT_TRUE(parse_value(setting, setting.fallback).has_value()) << setting.key;
    EXPECT_TRUE(parse_value(setting, setting.example).has_value()) << setting.key;
    EXPECT_EQ(setting.type == Type::kChoice, !setting.choices.empty()) << setting.key;
    EXPECT_FALSE(setting.environment[0].name.empty()) << setting.key;
    for (const auto& [name, part] : setting.environment) {
      if (!name.empty()) EXPECT_TRUE(names.insert(name).second) << name << " stands there twice";
    }
  }
}

TEST(NearestName, FindsTypingErrorsAndOtherSections) {
  const std::vector<std::string_view> known = {"server.listen", "log.level", "data_dir"};
  EXPECT_EQ(nearest_name("server.lisen", known), "server.listen");
  EXPECT_EQ(nearest_name("data-dir", known), "data_dir");
  EXPECT_EQ(nearest_name("level", known), "log.level");
  EXPECT_EQ(nearest_name("completely.different", known), "");
  EXPECT_EQ(nearest_name("", known), "");
}

}  // namespace
}  // namespace gatehouse::settings
