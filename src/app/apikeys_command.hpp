// `gatehouse apikeys`: the operator makes and revokes keys of programs, beside a server that runs.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/settings.hpp"

namespace gatehouse::app {

// gatehouse apikeys add|list|revoke. A server that runs takes changes over within 2 seconds.
class ApiKeysCommand {
 public:
  explicit ApiKeysCommand(CLI::App& program);
  // For the flags that all commands have.
  std::vector<CLI::App*> commands() const { return {add_, list_, revoke_}; }
  bool is_given() const;
  settings::CommandResult run(const settings::Settings& settings) const;

 private:
  std::string name_;
  std::string id_;
  std::string scopes_ = "ai";
  std::uint32_t days_ = 0;
  std::uint32_t requests_per_minute_ = 0;
  std::uint64_t tokens_per_day_ = 0;
  std::string money_per_day_;
  CLI::App* add_ = nullptr;
  CLI::App* list_ = nullptr;
  CLI::App* revoke_ = nullptr;
};

}  // namespace gatehouse::app
