#include "drill_command.hpp"

#include <cstdio>

#include "gatehouse/base/text.hpp"
#include "gatehouse/settings/machine.hpp"

namespace gatehouse::app {
namespace {

int could_not_run(std::string_view why) {
  std::fprintf(stderr, "gatehouse drill: %s\n", std::string(why).c_str());
  return DrillCommand::kCouldNotRun;
}

}  // namespace

DrillCommand::DrillCommand(CLI::App& program)
    : command_(program.add_subcommand("drill", "Attack a running server, and tell what held")) {
  command_->add_option("url", options_.url, "http(s)://host[:port] of the server")->required();
  command_->add_flag("--json", prints_json_, "Print one JSON object instead of a table");
  command_->add_flag("--gentle", options_.is_gentle,
                     "Two requests a second, no floods, nothing that gets this address banned");
  command_->add_option("--only", options_.only, "Families to run, separated by commas")
      ->delimiter(',');
  command_->add_option("--api-key-file", api_key_file_, "A file with an API key for /v1");
  command_->add_option("--canary", options_.canary,
                       "A word of the system prompt that no reply may hold");
  command_
      ->add_option("--upstream-port", options_.upstream_port,
                   "Play a leaking backend at http://127.0.0.1:PORT/v1 meanwhile")
      ->check(CLI::Range(1, 65535));
  command_->add_option("--ca", options_.authorities_path,
                       "A file of certificates to trust beside the system's");
  command_
      ->add_option("--patience", options_.patience_s,
                   "Seconds after which a slow client must have been sent away (45)")
      ->check(CLI::Range(1, 600));
}

bool DrillCommand::is_given() const { return command_->parsed(); }

int DrillCommand::run() {
  if (!api_key_file_.empty()) {
    const auto key = settings::DiskFiles().read(api_key_file_);
    if (!key) return could_not_run(key.error().client_message);
    options_.api_key = trim(key->text);
  }
  const SystemClock clock;
  const auto report = operations::run_drill(options_, clock, [](std::string_view line) {
    std::fprintf(stderr, "%s\n", std::string(line).c_str());
  });
  if (!report) return could_not_run(report.error().client_message);
  const auto text =
      prints_json_ ? operations::drill_json(*report) + "\n" : operations::drill_table(*report);
  std::fputs(text.c_str(), stdout);
  return operations::exit_code_of(*report);
}

}  // namespace gatehouse::app
