// `gatehouse users`: the operator looks after accounts, beside a server that runs.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/load.hpp"

namespace gatehouse::app {

// gatehouse users add|disable|enable|reset|role|list. A server that runs takes changes over within
// 2 seconds.
class UsersCommand {
 public:
  explicit UsersCommand(CLI::App& program);
  // For the flags that all commands have.
  std::vector<CLI::App*> commands() const;
  bool is_given() const;
  settings::CommandResult run(const settings::Settings& settings) const;

 private:
  std::string name_;
  std::string role_ = "member";
  CLI::App* add_ = nullptr;
  CLI::App* disable_ = nullptr;
  CLI::App* enable_ = nullptr;
  CLI::App* reset_ = nullptr;
  CLI::App* role_command_ = nullptr;
  CLI::App* remove_factor_ = nullptr;
  CLI::App* list_ = nullptr;
};

}  // namespace gatehouse::app
