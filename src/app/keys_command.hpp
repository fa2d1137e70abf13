// `gatehouse keys`: the operator changes the keys of access tokens, and those that seal the store,
// beside a server that runs.
#pragma once

#include <CLI/CLI.hpp>
#include <vector>

#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

// gatehouse keys list|rotate. A server that runs takes changes over within 2 seconds.
class KeysCommand {
 public:
  explicit KeysCommand(CLI::App& program);
  // For the flags that all commands have.
  std::vector<CLI::App*> commands() const { return {list_, rotate_}; }
  bool is_given() const { return list_->parsed() || rotate_->parsed(); }
  settings::CommandResult run(const settings::Settings& settings) const;

 private:
  bool ends_all_ = false;
  bool is_at_rest_ = false;
  CLI::App* list_ = nullptr;
  CLI::App* rotate_ = nullptr;
};

}  // namespace gatehouse::app
