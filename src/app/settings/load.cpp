#include "gatehouse/settings/load.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "environment_values.hpp"
#include "fill.hpp"
#include "safety.hpp"
#include "toml_file.hpp"
#include "values.hpp"

namespace gatehouse::settings {
namespace {

class Loader {
 public:
  Loader(const Environment& environment, const Files& files, const std::vector<FlagValue>& flags)
      : files_(files), flags_(flags), environment_(environment, files, loaded_.problems) {}

  Loaded load() {
    for (const auto& setting : all_settings()) loaded_.entries.push_back(default_of(setting));
    check_flags();
    // The path of the file is itself a setting, but never of the file.
    read_upper_layers(loaded_.entries[index_of("config")]);
    read_file();
    for (auto& entry : loaded_.entries) {
      if (entry.setting->status == Status::kLater) {
        environment_.refuse_later(*entry.setting);
      } else if (entry.setting->is_in_file) {
        read_upper_layers(entry);
      }
    }
    environment_.report_misspelled();
    finish();
    return std::move(loaded_);
  }

 private:
  static std::size_t index_of(std::string_view key) {
    return static_cast<std::size_t>(find_setting(key) - all_settings().data());
  }
  static Entry default_of(const Setting& setting) {
    Entry entry{.setting = &setting, .value = {}, .source = "default", .is_default = true};
    if (auto value = parse_value(setting, setting.fallback)) entry.value = std::move(*value);
    return entry;
  }
  static void set(Entry& entry, Value value, std::string source) {
    entry.value = std::move(value);
    entry.source = std::move(source);
    entry.is_default = false;
  }
  void stop(std::string_view key, std::string message) {
    loaded_.problems.push_back({std::string(key), std::move(message), true});
  }

  void check_flags();
  void read_upper_layers(Entry& entry);
  void read_file();
  void finish();

  Loaded loaded_;
  const Files& files_;
  const std::vector<FlagValue>& flags_;
  EnvironmentReader environment_;
};

void Loader::check_flags() {
  for (const auto& given : flags_) {
    if (find_flag(given.flag) == nullptr) stop(given.flag, "is not a flag.");
  }
}

void Loader::read_upper_layers(Entry& entry) {
  const auto& setting = *entry.setting;
  // Read even where a flag wins: what is wrong there would show up the day the flag is left out.
  if (auto found = environment_.read(setting, entry.value)) {
    set(entry, std::move(found->value), std::move(found->source));
  }
  for (const auto& given : flags_) {
    if (setting.flag.empty() || given.flag != setting.flag) continue;
    auto value = parse_value(setting, given.text);
    if (!value) {
      stop(setting.key, given.flag + " " + value.error().client_message);
    } else if (is_unset(*value)) {
      stop(setting.key, given.flag + " needs a value.");
    } else {
      set(entry, std::move(*value), "flag " + given.flag);
    }
  }
}

void Loader::read_file() {
  const auto& config = loaded_.entries[index_of("config")];
  if (const auto* path = std::get_if<std::string>(&config.value)) loaded_.config_path = *path;
  const auto& path = loaded_.config_path;
  const auto file = files_.read(path);
  if (!file) {
    const bool is_expected = config.is_default && file.error().code == ErrorCode::kNotFound;
    if (!is_expected) stop("config", "can't be read: " + file.error().client_message + ".");
    return;
  }
  auto read = read_toml(file->text, path);
  std::ranges::move(read.problems, std::back_inserter(loaded_.problems));
  bool has_secret = false;
  for (auto& found : read.values) {
    if (is_unset(found.value)) continue;
    has_secret |= found.setting->is_secret();
    auto& entry = loaded_.entries[index_of(found.setting->key)];
    set(entry, std::move(found.value), "file " + path + ":" + std::to_string(found.line));
  }
  if (has_secret && file->is_readable_by_others) {
    loaded_.problems.push_back(
        {"config", path + " holds a secret and other users can read it: chmod 600 " + path, false});
  }
}

void Loader::finish() {
  loaded_.settings = fill(loaded_.entries);
  auto& mode = loaded_.entries[index_of("environment")];
  if (is_unset(mode.value)) {
    const bool is_local = loaded_.settings.server.listen.address.is_loopback();
    mode.value = std::string(loaded_.settings.is_production() ? "production" : "development");
    mode.source = is_local ? "default when listening on this machine only"
                           : "default when listening to other machines";
  }
  check_safety(loaded_, files_);
  // A name under two sources of trouble, such as the same typing error in file and environment, is
  // told once.
  std::vector<Problem> unique;
  for (auto& problem : loaded_.problems) {
    const bool is_known = std::ranges::any_of(unique, [&](const Problem& other) {
      return other.setting == problem.setting && other.message == problem.message;
    });
    if (!is_known) unique.push_back(std::move(problem));
  }
  loaded_.problems = std::move(unique);
}

}  // namespace

bool Loaded::can_start() const {
  return std::ranges::none_of(problems, [](const Problem& problem) { return problem.is_fatal; });
}

Loaded load(const Environment& environment, const Files& files,
            const std::vector<FlagValue>& flags) {
  return Loader(environment, files, flags).load();
}

}  // namespace gatehouse::settings
