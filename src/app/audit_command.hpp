// `gatehouse audit`: the operator reads the audit log, takes it elsewhere, and proves it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

// gatehouse audit show|export|verify, beside a server that runs or without one.
class AuditCommand {
 public:
  explicit AuditCommand(CLI::App& program);
  // For the flags that all commands have.
  std::vector<CLI::App*> commands() const { return {show_, export_, verify_}; }
  bool is_given() const;
  // Exports go to standard output as they are read.
  settings::CommandResult run(const settings::Settings& settings) const;

 private:
  settings::CommandResult verify(const settings::Settings& settings) const;

  std::uint32_t limit_ = 50;
  std::string action_;
  std::string file_;
  std::string public_key_;
  CLI::App* show_ = nullptr;
  CLI::App* export_ = nullptr;
  CLI::App* verify_ = nullptr;
};

}  // namespace gatehouse::app
