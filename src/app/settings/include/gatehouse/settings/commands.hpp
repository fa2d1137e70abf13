// The commands about settings, and the files made from their table.
#pragma once

#include <string>
#include <string_view>

#include "gatehouse/base/random.hpp"
#include "gatehouse/settings/load.hpp"

namespace gatehouse::settings {

struct CommandResult {
  std::string text;
  int exit_code = 0;
};

// What a command can't do, and why.
inline CommandResult refused(std::string_view why) {
  return {.text = "gatehouse: " + std::string(why) + "\n", .exit_code = 2};
}

// `gatehouse check`: every setting with its value and source, then what stops the start and what is
// unsafe. Exit code 1 when the start would stop. Never prints a secret.
CommandResult check(const Loaded& loaded);

// `gatehouse init`: writes a commented gatehouse.toml with a secret of its own, for its owner only.
CommandResult init(const std::string& path, Files& files, Random& random);

// The problems alone, a line each, for a start that stops. Empty when there are none.
std::string describe_problems(const Loaded& loaded);

std::string settings_toml_example();
std::string env_example();
std::string settings_markdown();

}  // namespace gatehouse::settings
