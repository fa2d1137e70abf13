// `gatehouse sessions`: the operator ends sessions of accounts, beside a server that runs.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

// gatehouse sessions list|revoke. A server that runs takes changes over within 2 seconds.
class SessionsCommand {
 public:
  explicit SessionsCommand(CLI::App& program);
  // For the flags that all commands have.
  std::vector<CLI::App*> commands() const { return {list_, revoke_}; }
  bool is_given() const { return list_->parsed() || revoke_->parsed(); }
  settings::CommandResult run(const settings::Settings& settings) const;

 private:
  std::string account_;
  bool ends_all_ = false;
  CLI::App* list_ = nullptr;
  CLI::App* revoke_ = nullptr;
};

}  // namespace gatehouse::app
