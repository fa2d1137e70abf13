// `gatehouse drill URL`: attacks a running server as an outsider, and tells what held.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "gatehouse/operations/drill.hpp"

namespace gatehouse::app {

class DrillCommand {
 public:
  static constexpr int kCouldNotRun = 3;  // also when its arguments are wrong

  explicit DrillCommand(CLI::App& program);
  bool is_given() const;
  // The exit code: 0 all held, 1 something low or medium failed, 2 something high or critical.
  int run();

 private:
  CLI::App* command_;
  operations::DrillOptions options_;
  std::string api_key_file_;
  bool prints_json_ = false;
};

}  // namespace gatehouse::app
