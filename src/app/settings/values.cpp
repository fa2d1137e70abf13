#include "values.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "gatehouse/base/ip_address.hpp"
#include "gatehouse/base/money.hpp"
#include "gatehouse/base/text.hpp"
#include "gatehouse/http/client.hpp"
#include "gatehouse/identity/authenticator.hpp"
#include "gatehouse/telemetry/redact.hpp"

namespace gatehouse::settings {
namespace {

constexpr std::size_t kTextBytesMax = 8 * 1024;
constexpr std::size_t kQuotedBytesMax = 80;

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kInvalid, std::move(message));
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Result<void> check_text(std::string_view text) {
  if (text.size() > kTextBytesMax) return bad("is longer than 8192 bytes.");
  if (!scan_utf8(text).is_valid) return bad("is not valid UTF-8.");
  if (has_control_character(text)) return bad("holds a line break or control character.");
  return {};
}

std::string join(const std::vector<std::string_view>& parts, std::string_view between) {
  std::string out;
  for (const auto part : parts) {
    if (!out.empty()) out += between;
    out += part;
  }
  return out;
}

Result<Value> parse_integer(const Setting& setting, std::string_view text) {
  const auto number = parse_u64(text);
  if (!number || *number < setting.least || *number > setting.most) {
    const auto unit = unit_of(setting);
    return bad("must be a whole number from " + std::to_string(setting.least) + " to " +
               std::to_string(setting.most) + (unit.empty() ? "" : " (" + std::string(unit) + ")") +
               ", not " + quote(text) + ".");
  }
  return *number;
}

Result<Value> parse_boolean(std::string_view text) {
  for (const auto* word : {"true", "1", "yes", "on"}) {
    if (equals_ignoring_case(text, word)) return true;
  }
  for (const auto* word : {"false", "0", "no", "off"}) {
    if (equals_ignoring_case(text, word)) return false;
  }
  return bad("must be true or false, not " + quote(text) + ".");
}

Result<Value> parse_amount(std::string_view text) {
  if (const auto micros = parse_money(text)) return money_text(*micros);
  return bad("must be an amount of money with at most six digits behind a point, like 2.50, not " +
             quote(text) + ".");
}

Result<Value> parse_choice(const Setting& setting, std::string_view text) {
  for (const auto choice : split(setting.choices, '|')) {
    const auto spellings = split(choice, '/');
    for (const auto spelling : spellings) {
      if (equals_ignoring_case(text, spelling)) return std::string(spellings.front());
    }
  }
  return bad("must be one of " + join(choices_of(setting), ", ") + ", not " + quote(text) + ".");
}

Result<Value> parse_address(std::string_view text) {
  if (const auto address = ListenAddress::parse(text)) return address->to_string();
  return bad(
      "must be an address and a port like 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080 (all "
      "addresses), not " +
      quote(text) + ".");
}

Result<Value> parse_url(std::string_view text) {
  const auto upstream = http::Upstream::parse(text);
  if (!upstream) return bad(upstream.error().client_message);
  std::string url(text);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Result<Value> parse_secret(const Setting& setting, std::string_view text) {
  if (setting.type == Type::kApiKeys) {
    // A file of keys has one a line.
    std::string list(text);
    std::ranges::replace(list, '\n', ',');
    const auto keys = identity::parse_api_keys(list);
    if (!keys) return bad("is wrong: " + keys.error().client_message);
    if (keys->empty()) return Value{};
    return Secret(std::move(list));
  }
  if (const auto checked = check_text(text); !checked) return std::unexpected(checked.error());
  return Secret(std::string(text));
}

Result<Value> parse_cookie_name(std::string_view text) {
  constexpr std::string_view kAllowed = "!#$%&'*+-.^_`|~";  // RFC 6265: a token
  const bool is_token = std::ranges::all_of(text, [&](char c) {
    const char lower = to_lower_ascii(c);
    return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') || kAllowed.contains(c);
  });
  if (!is_token || text.size() > 64) {
    return bad("must be a cookie name of letters, digits, - and _, not " + quote(text) + ".");
  }
  if (text.starts_with("__")) return bad("must not begin with __; Gatehouse adds __Host- itself.");
  return std::string(text);
}

Result<std::string> parse_origin(std::string_view text) {
  if (text == "*") return std::string(text);
  if (text.contains('*')) {
    return bad("must name each origin in full: " + quote(text) + " has a wildcard.");
  }
  const auto url = http::Upstream::parse(text);
  if (!url || !url->base_path.empty()) {
    return bad("must list origins like https://www.example.com, not " + quote(text) + ".");
  }
  return to_lower_ascii((url->is_secure ? "https://" : "http://") + url->host_header());
}

Result<std::string> parse_host(std::string_view text) {
  const bool is_host = text.size() <= 255 && std::ranges::all_of(text, [](char c) {
                         const char lower = to_lower_ascii(c);
                         return is_digit_ascii(c) || (lower >= 'a' && lower <= 'z') ||
                                std::string_view("-_.:[]").contains(c);
                       });
  if (is_host) return to_lower_ascii(text);
  return bad("must list host names like chat.example.com, without scheme, path or wildcard, not " +
             quote(text) + ".");
}

Result<std::string> parse_prefix(std::string_view text) {
  const auto prefix = IpPrefix::parse(text);
  if (prefix) return prefix->to_string();
  return bad("must list addresses and prefixes like 10.0.0.0/8, not " + quote(text) + ".");
}

// t13d1516h2_8daaf6152771_e5627efa2ab1
Result<std::string> parse_fingerprint(std::string_view text) {
  const auto is_hash = [](std::string_view part) {
    return part.size() == 12 && std::ranges::all_of(part, [](char c) { return hex_value(c) >= 0; });
  };
  const auto parts = split(text, '_');
  if (parts.size() == 3 && parts[0].size() == 10 && is_hash(parts[1]) && is_hash(parts[2]))
    return std::string(text);
  return bad("must list JA4 fingerprints like t13d1516h2_8daaf6152771_e5627efa2ab1, not " +
             quote(text) + ".");
}

Result<std::string> parse_sentence(std::string_view text) {
  if (const auto checked = check_text(text); !checked) return std::unexpected(checked.error());
  return std::string(text);
}

Result<std::string> parse_item(Type type, std::string_view text) {
  switch (type) {
    case Type::kOrigins:
      return parse_origin(text);
    case Type::kHosts:
      return parse_host(text);
    case Type::kPrefixes:
      return parse_prefix(text);
    case Type::kFingerprints:
      return parse_fingerprint(text);
    default:
      return parse_sentence(text);
  }
}

}  // namespace

Result<Value> parse_items(const Setting& setting, const std::vector<std::string>& items) {
  constexpr std::uint64_t kItemsMax = 1000;
  const auto most = std::min(setting.most, kItemsMax);
  if (items.size() > most) return bad("has more than " + std::to_string(most) + " entries.");
  std::vector<std::string> parsed;
  for (const auto& item : items) {
    const auto text = trim(item);
    if (text.empty()) continue;
    auto one = parse_item(setting.type, text);
    if (!one) return std::unexpected(one.error());
    if (std::ranges::find(parsed, *one) == parsed.end()) parsed.push_back(std::move(*one));
  }
  if (parsed.empty()) return Value{};
  return parsed;
}

Result<Value> parse_value(const Setting& setting, std::string_view text) {
  text = trim(text);
  if (text.empty()) return Value{};
  if (setting.is_list()) {
    std::vector<std::string> items;
    for (const auto part : split(text, setting.type == Type::kSentences ? '|' : ',')) {
      items.emplace_back(part);
    }
    return parse_items(setting, items);
  }
  if (setting.is_secret()) return parse_secret(setting, text);
  switch (setting.type) {
    case Type::kInteger:
      return parse_integer(setting, text);
    case Type::kMoney:
      return parse_amount(text);
    case Type::kBoolean:
      return parse_boolean(text);
    case Type::kChoice:
      return parse_choice(setting, text);
    case Type::kAddress:
      return parse_address(text);
    case Type::kUrl:
      return parse_url(text);
    case Type::kCookieName:
      return parse_cookie_name(text);
    default:
      break;
  }
  if (const auto checked = check_text(text); !checked) return std::unexpected(checked.error());
  return std::string(text);
}

Result<Value> parse_given(const Setting& setting, std::string_view text) {
  text = trim(text);
  if (!setting.is_secret() || !is_secret_reference(text)) return parse_value(setting, text);
  auto reference = parse_secret_reference(text);
  if (!reference) return std::unexpected(std::move(reference.error()));
  return *reference;
}

bool is_unset(const Value& value) { return std::holds_alternative<std::monostate>(value); }

bool is_same(const Value& a, const Value& b) {
  if (a.index() != b.index()) return false;
  if (const auto* text = std::get_if<std::string>(&a)) return *text == std::get<std::string>(b);
  if (const auto* number = std::get_if<std::uint64_t>(&a)) {
    return *number == std::get<std::uint64_t>(b);
  }
  if (const auto* flag = std::get_if<bool>(&a)) return *flag == std::get<bool>(b);
  if (const auto* items = std::get_if<std::vector<std::string>>(&a)) {
    return *items == std::get<std::vector<std::string>>(b);
  }
  if (const auto* secret = std::get_if<Secret>(&a)) {
    return secret->reveal() == std::get<Secret>(b).reveal();
  }
  if (const auto* reference = std::get_if<SecretReference>(&a))
    return *reference == std::get<SecretReference>(b);
  return true;
}

std::string quote(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kQuotedBytesMax)) {
    shown +=
        static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F ? '?' : c;
  }
  if (text.size() > kQuotedBytesMax) shown += "...";
  return '"' + telemetry::redact(shown) + '"';
}

std::string show(const Setting& setting, const Value& value) {
  if (is_unset(value)) return "(not set)";
  if (const auto* secret = std::get_if<Secret>(&value)) {
    return "set (" + std::to_string(secret->size()) + " characters)";
  }
  if (const auto* reference = std::get_if<SecretReference>(&value)) return reference->shown();
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* items = std::get_if<std::vector<std::string>>(&value)) {
    const std::vector<std::string_view> parts(items->begin(), items->end());
    return telemetry::redact(join(parts, setting.type == Type::kSentences ? " | " : ", "));
  }
  return telemetry::redact(std::get<std::string>(value));
}

std::vector<std::string_view> choices_of(const Setting& setting) {
  std::vector<std::string_view> names;
  for (const auto choice : split(setting.choices, '|')) names.push_back(split(choice, '/').front());
  return names;
}

std::string_view unit_of(const Setting& setting) {
  if (setting.type != Type::kInteger) return {};
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kUnits = {{
      {"_ms", "milliseconds"},
      {"_s", "seconds"},
      {"_days", "days"},
      {"_bytes", "bytes"},
      {"_mb", "megabytes"},
      {"_megabytes", "megabytes"},
  }};
  for (const auto& [ending, unit] : kUnits) {
    if (setting.key.ends_with(ending)) return unit;
  }
  return {};
}

}  // namespace gatehouse::settings
