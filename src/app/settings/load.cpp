#include "gatehouse/settings/load.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "environment_values.hpp"
#include "fill.hpp"
#include "gatehouse/base/text.hpp"
#include "safety.hpp"
#include "secret_reader.hpp"
#include "toml_file.hpp"
#include "values.hpp"

namespace gatehouse::settings {
namespace {

class Loader {
 public:
  Loader(const Environment& environment, const Files& files, const std::vector<FlagValue>& flags,
         SecretSources* sources)
      : files_(files),
        flags_(flags),
        of_machine_(environment),
        secrets_(sources),
        environment_(environment, files, secrets_, loaded_.problems) {}

  Loaded load() {
    for (const auto& setting : all_settings()) loaded_.entries.push_back(default_of(setting));
    check_flags();
    // The path of the file is itself a setting, but never of the file.
    read_upper_layers(loaded_.entries[index_of("config")]);
    read_file();
    read_where_secrets_are();
    for (auto& entry : loaded_.entries) {
      if (entry.setting->status == Status::kLater) {
        environment_.refuse_later(*entry.setting);
      } else if (entry.setting->is_in_file && !is_read_first(entry)) {
        read_whole(entry);
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
  // What tells where the other secrets are.
  static bool is_read_first(const Entry& entry) {
    return entry.setting->section() == "secrets" || entry.setting->section() == "vault";
  }
  std::string text_of(std::string_view key) const {
    const auto* text = std::get_if<std::string>(&loaded_.entries[index_of(key)].value);
    return text == nullptr ? std::string() : *text;
  }
  void read_upper_layers(Entry& entry);
  void read_whole(Entry& entry);
  void read_section(std::string_view section);
  void read_where_secrets_are();
  void read_file();
  void finish();

  Loaded loaded_;
  const Files& files_;
  const std::vector<FlagValue>& flags_;
  const Environment& of_machine_;
  SecretReader secrets_;
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

// With what stands behind a reference of the file, if that is the one that counts.
void Loader::read_whole(Entry& entry) {
  read_upper_layers(entry);
  if (!std::holds_alternative<SecretReference>(entry.value)) return;
  auto read = secrets_.read(*entry.setting, {std::move(entry.value), entry.source});
  entry.value = {};
  if (read) {
    set(entry, std::move(read->value), std::move(read->source));
  } else {
    stop(entry.setting->key, entry.source + ": " + read.error().client_message);
  }
}

void Loader::read_section(std::string_view section) {
  for (auto& entry : loaded_.entries) {
    if (entry.setting->section() == section) read_whole(entry);
  }
}

void Loader::read_where_secrets_are() {
  read_section("secrets");
  std::vector<std::string> folders;
  if (auto folder = text_of("secrets.directory"); !folder.empty()) {
    if (!files_.exists(folder)) stop("secrets.directory", "there is no folder " + folder + ".");
    folders.push_back(std::move(folder));
  }
  // What systemd gives a service with LoadCredential=.
  if (const auto given = of_machine_.get("CREDENTIALS_DIRECTORY"); given && !trim(*given).empty())
    folders.emplace_back(trim(*given));
  environment_.use_secret_folders(std::move(folders));
  read_section("vault");
  VaultAccess vault{.address = text_of("vault.address"),
                    .token = {},
                    .vault_namespace = text_of("vault.namespace"),
                    .ca_file = text_of("vault.ca_file")};
  if (const auto* token = std::get_if<Secret>(&loaded_.entries[index_of("vault.token")].value))
    vault.token = *token;
  secrets_.use_vault(std::move(vault));
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
    has_secret |= std::holds_alternative<Secret>(found.value);
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
  loaded_.settings.secrets.has_references = secrets_.has_read();
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

Loaded load(const Environment& environment, const Files& files, const std::vector<FlagValue>& flags,
            SecretSources* sources) {
  return Loader(environment, files, flags, sources).load();
}

}  // namespace gatehouse::settings
