#include "command_line.hpp"

#include <sodium.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "apikeys_command.hpp"
#include "application.hpp"
#include "audit_command.hpp"
#include "bans_command.hpp"
#include "data_files.hpp"
#include "drill_command.hpp"
#include "explain_command.hpp"
#include "first_operator.hpp"
#include "gatehouse/secrets/machine_secrets.hpp"
#include "gatehouse/settings/commands.hpp"
#include "gatehouse/settings/kept_secrets.hpp"
#include "gatehouse/settings/load.hpp"
#include "gatehouse/settings/setting.hpp"
#include "guard_rules.hpp"
#include "jobs_command.hpp"
#include "keys_command.hpp"
#include "replay_command.hpp"
#include "sessions_command.hpp"
#include "users_command.hpp"
#include "worker_command.hpp"

namespace gatehouse::app {
namespace {

struct Arguments {
  std::vector<settings::FlagValue> flags;
};

// The settings that have a flag, taken as text: the table of settings judges them.
void add_flags(CLI::App& command, Arguments& arguments) {
  for (const auto& setting : settings::all_settings()) {
    if (setting.flag.empty()) continue;
    const std::string flag(setting.flag);
    command
        .add_option_function<std::string>(
            flag,
            [&arguments, flag](const std::string& text) {
              arguments.flags.push_back({flag, text});
            },
            std::string(setting.help))
        ->type_name("TEXT");
  }
}

void print(std::FILE* to, const std::string& text) {
  if (text.empty()) return;
  std::fputs(text.c_str(), to);
  if (!text.ends_with('\n')) std::fputc('\n', to);
}

// For commands that need no secret.
settings::Loaded load(const Arguments& arguments) {
  return settings::load(settings::ProcessEnvironment(), settings::DiskFiles(), arguments.flags);
}

// What is behind references, as long as the process runs.
struct References {
  settings::ProcessEnvironment environment;
  SystemClock clock;
  secrets::MachineSecrets machine{environment, clock};
  settings::KeptSecrets kept{machine};
};

settings::Loaded load(const Arguments& arguments, References& references) {
  return settings::load(references.environment, settings::DiskFiles(), arguments.flags,
                        &references.kept);
}

Result<SettingsOfNow> load_again(const Arguments& arguments, References& references) {
  auto loaded = load(arguments, references);
  auto failures = references.kept.take_failures();
  if (!loaded.can_start()) return fail(ErrorCode::kInvalid, settings::describe_problems(loaded));
  settings::DiskFiles files;
  SecureRandom random;
  const auto provided = settings::provide_session_secret(loaded, files, random);
  if (!provided) return std::unexpected(provided.error());
  return SettingsOfNow{std::move(loaded.settings), std::move(failures)};
}

// Only to a terminal: what else reads this is kept, as a log is.
void tell_first_operator(std::string& text, const settings::Settings& settings,
                         const std::string& link) {
  if (link.empty()) return;
  if (isatty(STDERR_FILENO) != 0) {
    text += "  To look after it, choose a name and password (within an hour, once):\n    " + link +
            "\n";
  } else {
    text += "  To look after it: the link in " + first_operator_path(settings.data_dir) + "\n";
  }
}

void greet(const Application& application, const settings::Settings& settings,
           const std::string& first_operator_link) {
  std::string text = "\n  Gatehouse is ready.  Open " + application.address() + "\n\n";
  if (!settings.route.rules.empty()) {
    text += "  Who answers what is set in route.rules\n";
  } else if (settings.openai.is_used()) {
    text += "  Answers come from " + settings.openai.backend.url + "\n";
  } else if (settings.ollama.is_used()) {
    text += "  Answers come from Ollama at " + settings.ollama.backend.url + "\n";
  } else if (settings.n8n.is_used()) {
    text += "  Answers come from a workflow of n8n\n";
  } else if (settings.documents.empty()) {
    text += "  It answers from its own guide. To answer from your documents: --documents FOLDER\n";
  } else {
    text += "  It answers from the documents in " + settings.documents + "\n";
  }
  if (!settings.server.listen.address.is_loopback())
    text += "  Careful: other machines can reach this address.\n";
  tell_first_operator(text, settings, first_operator_link);
  print(stderr, text + "  Ctrl+C stops it.\n");
}

int serve(const Arguments& arguments) {
  prepare_process();
  const auto references = std::make_shared<References>();
  auto loaded = load(arguments, *references);
  if (const auto problems = settings::describe_problems(loaded); !problems.empty())
    print(stderr, problems);
  if (!loaded.can_start()) return 1;
  if (loaded.settings.is_production()) keep_memory_private();
  settings::DiskFiles files;
  SecureRandom random;
  const auto provided = settings::provide_session_secret(loaded, files, random);
  if (!provided) {
    print(stderr, "gatehouse: " + provided.error().client_message);
    return 1;
  }
  if (!provided->empty()) print(stderr, *provided);
  const settings::Settings settings = loaded.settings;
  auto house = build_house(std::move(loaded.settings));
  if (!house) {
    print(stderr, "gatehouse: " + std::string(house.error().for_log()));
    return 1;
  }
  Application application(std::move(*house),
                          [arguments, references] { return load_again(arguments, *references); });
  if (const auto listening = application.listen(); !listening) {
    print(stderr, "gatehouse: " + std::string(listening.error().for_log()));
    return 1;
  }
  const auto link = application.offer_first_operator();
  if (!link) {
    print(stderr, "gatehouse: " + std::string(link.error().for_log()));
    return 1;
  }
  greet(application, settings, *link);
  return application.run();
}

int work(const Arguments& arguments) {
  prepare_process();
  References references;
  auto loaded = load(arguments, references);
  if (const auto problems = settings::describe_problems(loaded); !problems.empty())
    print(stderr, problems);
  if (!loaded.can_start()) return 1;
  if (loaded.settings.is_production()) keep_memory_private();
  return run_worker(loaded.settings);
}

int finish(const settings::CommandResult& result) {
  print(result.exit_code == 0 ? stdout : stderr, result.text);
  return result.exit_code;
}

// Beside the settings themselves, what they point at: keys and certificates must fit together, and
// the examples of the guard's rules hold.
settings::CommandResult check_all(const Arguments& arguments) {
  References references;
  const auto loaded = load(arguments, references);
  auto result = settings::check(loaded);
  const auto add_problem = [&](std::string_view problem) {
    result.exit_code = 1;
    result.text.append("What is wrong: ").append(problem).append("\n");
  };
  if (const auto rules = load_guard_rules(loaded.settings.guard)) {
    for (const auto& problem : guard::failing_examples(rules->message)) add_problem(problem);
    if (const auto fault = guard::scanner_fault()) add_problem(*fault);
  } else {
    add_problem(rules.error().client_message);
  }
  if (const auto instructions = read_instructions(loaded.settings); !instructions)
    add_problem(instructions.error().client_message);
  if (const auto firewall = open_firewall(loaded.settings); !firewall)
    add_problem(firewall.error().client_message);
  const bool is_made_here =
      loaded.settings.tls.self_signed != settings::TlsSettings::SelfSigned::kOff;
  if (result.exit_code != 0 || is_made_here) return result;
  if (const auto tls = load_server_tls(loaded.settings); !tls) add_problem(tls.error().for_log());
  return result;
}

CLI::App* add_replay_command(CLI::App& program, ReplayArguments& given) {
  auto* const command = program.add_subcommand(
      "replay", "Tell what this configuration would make of recorded requests");
  command->add_option("--since", given.since, "How far back: 90m, 24h, 7d (24h)");
  command->add_option("--limit", given.limit, "The most recordings, the newest first (1000)")
      ->check(CLI::Range(1U, 1'000'000U));
  command->add_flag("--json", given.prints_json, "Print one JSON object instead of a table");
  return command;
}

// gatehouse bans list|add|remove
class BansCommand {
 public:
  BansCommand(CLI::App& program, Arguments& arguments) : arguments_(arguments) {
    auto* const bans = program.add_subcommand("bans", "Show who is banned; ban and forgive");
    bans->require_subcommand(1);
    list_ = bans->add_subcommand("list", "Show the bans that hold");
    add_ = bans->add_subcommand("add", "Ban an address or a network");
    remove_ = bans->add_subcommand("remove", "Lift a ban");
    for (auto* const command : {list_, add_, remove_}) add_flags(*command, arguments);
    for (auto* const command : {add_, remove_})
      command->add_option("prefix", given_.prefix, "192.0.2.7, 192.0.2.0/24, 2001:db8::/56")
          ->required();
    constexpr std::uint32_t kWeekMinutes = 7 * 24 * 60;
    given_.minutes = 60;
    add_->add_option("--minutes", given_.minutes, "How long (60)")
        ->check(CLI::Range(1U, 52 * kWeekMinutes));
    add_->add_option("--reason", given_.reason, "Shown in the list and the log");
  }

  std::optional<settings::CommandResult> run() const {
    if (!list_->parsed() && !add_->parsed() && !remove_->parsed()) return std::nullopt;
    const auto loaded = load(arguments_);
    const std::string& folder = loaded.settings.data_dir;
    if (list_->parsed()) return list_bans(folder);
    return add_->parsed() ? add_ban(folder, given_) : remove_ban(folder, given_);
  }

 private:
  Arguments& arguments_;
  BansArguments given_;
  CLI::App* list_ = nullptr;
  CLI::App* add_ = nullptr;
  CLI::App* remove_ = nullptr;
};

// For commands that work on the store beside a server.
template <typename... Commands>
void add_flags_to(Arguments& arguments, const Commands&... of) {
  const auto add = [&arguments](const auto& one) {
    for (auto* const command : one.commands()) add_flags(*command, arguments);
  };
  (add(of), ...);
}

// The one of them that was given, if one was.
template <typename... Commands>
std::optional<settings::CommandResult> run_given(const Arguments& arguments,
                                                 const Commands&... commands) {
  std::optional<settings::CommandResult> result;
  const auto run = [&](const auto& command) {
    if (!result && command.is_given()) result = command.run(load(arguments).settings);
  };
  (run(commands), ...);
  return result;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  if (sodium_init() < 0) {
    print(stderr, "gatehouse: the crypto library can't be used on this machine.");
    return 1;
  }
  CLI::App program(
      "Gatehouse: one guarded door between the people who talk and whatever answers them.",
      "gatehouse");
  program.set_version_flag("--version", std::string(GATEHOUSE_VERSION));
  program.require_subcommand(0, 1);
  Arguments arguments;
  auto* const serve_command =
      program.add_subcommand("serve", "Serve until it is stopped (the default)");
  auto* const check_command = program.add_subcommand(
      "check", "Check the configuration: print every setting with its source, and all problems");
  auto* const init_command =
      program.add_subcommand("init", "Write a gatehouse.toml with a secret of its own");
  auto* const worker_command =
      program.add_subcommand("worker", "Run jobs beside a server, and serve nobody");
  for (auto* const command : {serve_command, worker_command, check_command})
    add_flags(*command, arguments);
  std::string init_path = "gatehouse.toml";
  init_command->add_option("path", init_path, "The file to write");
  BansCommand bans(program, arguments);
  std::string request_id;
  auto* const explain_command = program.add_subcommand(
      "explain", "Tell why a request was refused or flagged, by its request id");
  explain_command->add_option("request_id", request_id, "The X-Request-Id of the answer")
      ->required();
  add_flags(*explain_command, arguments);
  ReplayArguments replay_arguments;
  auto* const replay_command = add_replay_command(program, replay_arguments);
  add_flags(*replay_command, arguments);
  UsersCommand users(program);
  ApiKeysCommand api_keys(program);
  SessionsCommand sessions(program);
  JobsCommand jobs(program);
  KeysCommand keys(program);
  AuditCommand audit(program);
  add_flags_to(arguments, users, api_keys, sessions, jobs, keys, audit);
  DrillCommand drill(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (program.exit(error) == 0) return 0;
    return drill.is_given() ? DrillCommand::kCouldNotRun : 2;
  }
  if (check_command->parsed()) return finish(check_all(arguments));
  if (const auto result = bans.run()) return finish(*result);
  if (const auto result = run_given(arguments, users, api_keys, sessions, jobs, keys, audit))
    return finish(*result);
  if (worker_command->parsed()) return work(arguments);
  if (explain_command->parsed())
    return finish(explain(load(arguments).settings.data_dir, request_id));
  if (replay_command->parsed()) {
    References references;
    return finish(replay(load(arguments, references), replay_arguments));
  }
  if (drill.is_given()) return drill.run();
  if (init_command->parsed()) {
    settings::DiskFiles files;
    SecureRandom random;
    return finish(settings::init(init_path, files, random));
  }
  return serve(arguments);
}

}  // namespace gatehouse::app
