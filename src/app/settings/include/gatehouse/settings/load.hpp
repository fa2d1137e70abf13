// From gatehouse.toml, the environment and the flags to settings, with every problem at once.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/base/secret.hpp"
#include "gatehouse/settings/machine.hpp"
#include "gatehouse/settings/setting.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::settings {

// monostate: unset.
// A reference is gone once load() is done.
using Value = std::variant<std::monostate, std::string, std::uint64_t, bool,
                           std::vector<std::string>, Secret, SecretReference>;

struct Entry {
  const Setting* setting = nullptr;
  Value value;
  std::string source = "default";  // "file gatehouse.toml:12", "environment SESSION_SECRET", …
  bool is_default = true;
};

struct Problem {
  std::string setting;   // its key, or what stands in its place
  std::string message;   // a sentence with the next step; never a secret
  bool is_fatal = true;  // otherwise a warning
};

struct FlagValue {
  std::string flag;  // "--listen"
  std::string text;
};

struct Loaded {
  Settings settings;
  std::vector<Entry> entries;  // one for each row of the table, in its order
  std::vector<Problem> problems;
  std::string config_path;

  bool can_start() const;
};

// Never fails: what is wrong stands in `problems`, and then `settings` holds the defaults there.
// Reads, writes nothing.
// Without `sources` the secrets behind references stay unset, and nobody is asked.
Loaded load(const Environment& environment, const Files& files, const std::vector<FlagValue>& flags,
            SecretSources* sources = nullptr);

// In development without a session secret, takes the one that an earlier start made in data_dir, or
// makes it there. Answers with what to tell the operator; empty when a secret was set.
Result<std::string> provide_session_secret(Loaded& loaded, Files& files, Random& random);

}  // namespace gatehouse::settings
