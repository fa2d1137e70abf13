// The table of settings: the one place that knows their names, types, defaults and meaning. The
// loader, the help text, the example files and docs/configuration.md are all made from it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse::settings {

enum class Type : std::uint8_t {
  kText,
  kPath,
  kSecret,
  kApiKeys,  // "name:key,name:key": a secret
  kInteger,  // the unit is the end of the key
  kMoney,    // of the operator's currency: "2.50"
  kBoolean,
  kChoice,
  kAddress,  // address:port
  kUrl,
  kOrigins,       // list of https://host[:port], or *
  kHosts,         // list of host[:port]
  kPrefixes,      // list of addresses and CIDR prefixes
  kFingerprints,  // list of JA4 fingerprints
  kSentences,     // list of texts that may hold commas
  kCookieName,
};

enum class Status : std::uint8_t {
  kBuilt,
  kLater,  // the name is reserved: setting it stops the start
};

// Some names that users already have set only one half of an address.
enum class Part : std::uint8_t { kWhole, kHost, kPort };

struct EnvironmentName {
  std::string_view name;
  Part part = Part::kWhole;

  constexpr EnvironmentName() = default;
  // Implicit, so that a row reads as a list of names.
  constexpr EnvironmentName(const char* text, Part which = Part::kWhole)
      : name(text), part(which) {}
};

struct Setting {
  std::string_view key;  // dotted, as in gatehouse.toml
  Type type = Type::kText;
  std::string_view fallback = {};  // the default as text; empty: unset
  std::string_view example = {};   // for the example files, where there is no default
  std::string_view help = {};      // one sentence
  std::array<EnvironmentName, 3> environment = {};
  std::string_view flag = {};
  // Of integers; of secrets, `least` is the number of characters below which they are short.
  std::uint64_t least = 0;
  std::uint64_t most = UINT64_MAX;
  std::string_view choices = {};  // "warning/warn|error": other spellings behind the slash
  Status status = Status::kBuilt;
  bool is_in_file = true;

  constexpr bool is_secret() const { return type == Type::kSecret || type == Type::kApiKeys; }
  constexpr bool is_list() const {
    return type == Type::kOrigins || type == Type::kHosts || type == Type::kPrefixes ||
           type == Type::kFingerprints || type == Type::kSentences;
  }
  // "server" of "server.listen"; empty for keys at the top.
  constexpr std::string_view section() const {
    const auto dot = key.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
  }
  constexpr std::string_view name() const {
    return section().empty() ? key : key.substr(section().size() + 1);
  }
};

// All rows in the order in which they are shown; those of one section stand together.
std::span<const Setting> all_settings();
// nullptr when there is no such key.
const Setting* find_setting(std::string_view key);
const Setting* find_flag(std::string_view flag);

}  // namespace gatehouse::settings
