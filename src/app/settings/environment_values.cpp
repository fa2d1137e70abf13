#include "environment_values.hpp"

#include <algorithm>
#include <utility>

#include "gatehouse/base/text.hpp"
#include "nearest_name.hpp"
#include "values.hpp"

namespace gatehouse::settings {
namespace {

constexpr std::string_view kFileEnding = "_FILE";

struct Halves {
  std::string host;
  std::string port;
};

Halves halves_of(std::string_view address) {
  const auto colon = address.rfind(':');
  return {std::string(address.substr(0, colon)), std::string(address.substr(colon + 1))};
}

// An IPv6 address needs brackets before a port can follow it.
std::string canonical_host(std::string_view host) {
  if (host.contains(':') && !host.starts_with('[')) return "[" + std::string(host) + "]";
  return equals_ignoring_case(host, "localhost") ? "127.0.0.1" : std::string(host);
}

bool is_off(std::string_view text) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"false", "0", "no", "off"},
                             [&](auto word) { return equals_ignoring_case(text, word); });
}

}  // namespace

void EnvironmentReader::report(std::string name, std::string message, bool is_fatal) {
  problems_.push_back({std::move(name), std::move(message), is_fatal});
}

std::optional<std::string> EnvironmentReader::read_secret_file(const std::string& name,
                                                               const std::string& path) {
  const auto file = files_.read(path);
  if (!file) {
    report(name, "the file can't be read: " + file.error().client_message + ".");
    return std::nullopt;
  }
  const auto text = trim(file->text);
  if (text.empty()) {
    report(name, "the file " + quote(path) + " is empty.");
    return std::nullopt;
  }
  return std::string(text);
}

std::vector<EnvironmentReader::Given> EnvironmentReader::given(const Setting& setting) {
  std::vector<Given> found;
  for (const auto& [name, part] : setting.environment) {
    if (name.empty()) break;
    // Compose files pass on what isn't set as empty text.
    if (const auto text = environment_.get(name); text && !trim(*text).empty()) {
      found.push_back({std::string(name), std::string(trim(*text)), part});
    }
    if (!setting.is_secret()) continue;
    std::string file_name = std::string(name) + std::string(kFileEnding);
    const auto path = environment_.get(file_name);
    if (!path || trim(*path).empty()) continue;
    if (auto text = read_secret_file(file_name, std::string(trim(*path)))) {
      found.push_back({std::move(file_name), std::move(*text), part, true});
    }
  }
  add_of_folders(setting, found);
  return found;
}

void EnvironmentReader::add_of_folders(const Setting& setting, std::vector<Given>& found) {
  if (!setting.is_secret()) return;
  std::vector<std::string_view> names = {setting.key};
  for (const auto& [name, part] : setting.environment) {
    if (!name.empty()) names.push_back(name);
  }
  for (const auto& folder : folders_) {
    for (const auto name : names) {
      const std::string path = folder + "/" + std::string(name);
      if (!files_.exists(path)) continue;
      if (auto text = read_secret_file(path, path))
        found.push_back({path, std::move(*text), Part::kWhole, true});
    }
  }
}

// Nothing where it is wrong.
std::optional<Sourced> EnvironmentReader::value_of(const Setting& setting, const Given& one) {
  auto value = one.is_of_file ? parse_value(setting, one.text) : parse_given(setting, one.text);
  if (!value) {
    report(std::string(setting.key), one.name + " " + value.error().client_message);
    return std::nullopt;
  }
  auto read = secrets_.read(setting, {std::move(*value), one.name});
  if (read) return std::move(*read);
  report(std::string(setting.key), one.name + ": " + read.error().client_message);
  return std::nullopt;
}

std::optional<Sourced> EnvironmentReader::combine_address(const Setting& setting,
                                                          const std::vector<Given>& given,
                                                          const Value& below) {
  const auto* text_below = std::get_if<std::string>(&below);
  Halves halves = halves_of(text_below != nullptr ? *text_below : setting.fallback);
  const Given* host_from = nullptr;
  const Given* port_from = nullptr;
  bool is_agreed = true;
  const auto set = [&](std::string& half, const Given*& from, const Given& by, std::string text) {
    if (from != nullptr && half != text) {
      report(std::string(setting.key),
             from->name + " and " + by.name + " are both set and disagree. Keep one of them.");
      is_agreed = false;
    }
    half = std::move(text);
    from = &by;
  };
  std::string names;
  for (const auto& one : given) {
    names += (names.empty() ? "" : ", ") + one.name;
    const Halves own = halves_of(one.text);
    if (one.part == Part::kWhole) {
      set(halves.host, host_from, one, canonical_host(own.host));
      set(halves.port, port_from, one, own.port);
    } else if (one.part == Part::kHost) {
      set(halves.host, host_from, one, canonical_host(one.text));
    } else {
      set(halves.port, port_from, one, one.text);
    }
  }
  if (!is_agreed) return std::nullopt;
  auto value = parse_value(setting, halves.host + ":" + halves.port);
  if (!value) {
    report(std::string(setting.key), names + " " + value.error().client_message);
    return std::nullopt;
  }
  return Sourced{std::move(*value), "environment " + names};
}

std::optional<Sourced> EnvironmentReader::read(const Setting& setting, const Value& below) {
  const auto all = given(setting);
  if (all.empty()) return std::nullopt;
  const bool has_halves =
      std::ranges::any_of(all, [](const Given& one) { return one.part != Part::kWhole; });
  if (has_halves) return combine_address(setting, all, below);

  std::optional<Sourced> chosen;
  std::string names;
  std::string sources;
  for (const auto& one : all) {
    auto found = value_of(setting, one);
    if (!found) return std::nullopt;
    if (chosen && !is_same(chosen->value, found->value)) {
      report(std::string(setting.key),
             names + " and " + one.name + " are both set and disagree. Keep one of them.");
      return std::nullopt;
    }
    names += (names.empty() ? "" : ", ") + one.name;
    sources += (sources.empty() ? "" : ", ") + found->source;
    chosen = Sourced{std::move(found->value), "environment " + sources};
  }
  return chosen;
}

void EnvironmentReader::refuse_later(const Setting& setting) {
  for (const auto& [name, part] : setting.environment) {
    if (name.empty()) break;
    for (const auto ending : {std::string_view{}, kFileEnding}) {
      if (!ending.empty() && !setting.is_secret()) continue;
      std::string full_name = std::string(name) + std::string(ending);
      const auto text = environment_.get(full_name);
      if (!text || trim(*text).empty()) continue;
      if (setting.type == Type::kBoolean && is_off(trim(*text))) continue;
      report(std::move(full_name), "is set, but " + std::string(setting.help) +
                                       " is not built yet. Remove it or leave it empty.");
    }
  }
}

void EnvironmentReader::report_misspelled() {
  std::vector<std::string> known;
  for (const auto& setting : all_settings()) {
    for (const auto& [name, part] : setting.environment) {
      if (name.empty()) continue;
      known.emplace_back(name);
      if (setting.is_secret()) known.push_back(std::string(name) + std::string(kFileEnding));
    }
  }
  const std::vector<std::string_view> views(known.begin(), known.end());
  for (auto& name : environment_.names()) {
    if (!name.starts_with("GATEHOUSE_") || std::ranges::find(known, name) != known.end()) continue;
    const auto nearest = nearest_name(name, views);
    if (nearest.empty()) continue;
    report(name, "is not a name of Gatehouse's. Did you mean " + std::string(nearest) + "?", false);
  }
}

}  // namespace gatehouse::settings
