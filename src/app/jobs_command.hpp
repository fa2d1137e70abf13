// `gatehouse jobs`: the operator looks at jobs and moves them, beside a server that runs.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

// gatehouse jobs list|show|cancel|requeue|run. Who runs jobs takes changes over within a second.
class JobsCommand {
 public:
  explicit JobsCommand(CLI::App& program);
  // For the flags that all commands have.
  std::vector<CLI::App*> commands() const { return {list_, show_, cancel_, requeue_, run_}; }
  bool is_given() const;
  settings::CommandResult run(const settings::Settings& settings) const;

 private:
  std::string queue_;
  std::string state_;
  std::uint32_t limit_ = 50;
  std::string id_;
  std::string kind_;
  CLI::App* list_ = nullptr;
  CLI::App* show_ = nullptr;
  CLI::App* cancel_ = nullptr;
  CLI::App* requeue_ = nullptr;
  CLI::App* run_ = nullptr;
};

}  // namespace gatehouse::app
