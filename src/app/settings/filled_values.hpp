// The values of the table, as those ask who fill the settings.
#pragma once

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/money.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

// Values by key. Their types are the table's, so a wrong one is a bug here.
class FilledValues {
 public:
  explicit FilledValues(const std::vector<Entry>& entries) : entries_(entries) {}

  std::string text(std::string_view key) { return get<std::string>(key).value_or(""); }
  Secret secret(std::string_view key) { return get<Secret>(key).value_or(Secret()); }
  bool flag(std::string_view key) { return get<bool>(key).value_or(false); }
  std::optional<bool> maybe_flag(std::string_view key) { return get<bool>(key); }
  std::vector<std::string> list(std::string_view key) {
    return get<std::vector<std::string>>(key).value_or(std::vector<std::string>());
  }
  template <typename Number = std::uint32_t>
  Number number(std::string_view key) {
    return static_cast<Number>(get<std::uint64_t>(key).value_or(0));
  }
  std::optional<std::uint32_t> maybe_number(std::string_view key) {
    const auto value = get<std::uint64_t>(key);
    if (!value) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
  }
  std::uint64_t micros(std::string_view key) { return parse_money(text(key)).value_or(0); }
  Duration ms(std::string_view key) {
    return std::chrono::milliseconds(number<std::uint32_t>(key));
  }
  std::optional<ListenAddress> address(std::string_view key) {
    return ListenAddress::parse(text(key));
  }
  // The position of a choice in its row: enumerations have the row's order.
  template <typename Enumeration>
  Enumeration choice(std::string_view key) {
    const auto value = text(key);
    const auto choices = split(find_setting(key)->choices, '|');
    const auto found = std::ranges::find_if(
        choices, [&](auto spelling) { return spelling.substr(0, spelling.find('/')) == value; });
    return static_cast<Enumeration>(found == choices.end() ? 0 : found - choices.begin());
  }
  // Keys that tell the loader where secrets are; nobody else asks.
  void leave_to_loader(std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) keys_read_.insert(find(key).setting->key);
  }
  bool is_default(std::string_view key) const { return find(key).is_default; }
  const std::set<std::string_view>& keys_read() const { return keys_read_; }

 private:
  const Entry& find(std::string_view key) const {
    const auto* setting = find_setting(key);
    assert(setting != nullptr);
    return entries_[static_cast<std::size_t>(setting - all_settings().data())];
  }
  template <typename T>
  std::optional<T> get(std::string_view key) {
    const auto& entry = find(key);
    keys_read_.insert(entry.setting->key);
    const auto* value = std::get_if<T>(&entry.value);
    if (value == nullptr) return std::nullopt;
    return *value;
  }

  const std::vector<Entry>& entries_;
  std::set<std::string_view> keys_read_;
};

}  // namespace gatehouse::settings
