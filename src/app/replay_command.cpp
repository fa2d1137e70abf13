#include "replay_command.hpp"

#include <filesystem>

#include "data_files.hpp"
#include "gatehouse/operations/replay.hpp"
#include "house.hpp"
#include "key_files.hpp"

namespace gatehouse::app {
namespace {

Result<operations::ReplayReport> run(const settings::Settings& settings, Duration age,
                                     std::uint32_t limit) {
  const SystemClock clock;
  const WallTime since = clock.wall() - std::chrono::duration_cast<std::chrono::milliseconds>(age);
  const auto keys = read_sealing_keys(settings.store_key_file);
  if (!keys) return std::unexpected(keys.error());
  const auto found = store::sqlite::Recordings::find(
      recordings_path(settings.data_dir), crypto::Sealer(*keys, kRecordings), since, limit);
  if (!found) return std::unexpected(found.error());
  const auto rules = load_guard_rules(settings.guard);
  if (!rules) return std::unexpected(rules.error());
  const auto guards = guard::make_message_guards({.rules = rules->message});
  if (!guards) return std::unexpected(guards.error());
  const auto made = make_pipeline_settings(settings, *rules, clock.wall());
  auto report = operations::replay(found->recordings, made->policy, *guards);
  report.unreadable = found->unreadable;
  return report;
}

}  // namespace

settings::CommandResult replay(const settings::Loaded& loaded, const ReplayArguments& arguments) {
  const auto age = operations::parse_age(arguments.since);
  if (!age) return settings::refused("--since takes a time such as 90m, 24h or 7d.");
  if (!loaded.can_start()) return settings::refused(settings::describe_problems(loaded));
  const auto& folder = loaded.settings.data_dir;
  std::error_code error;
  if (!std::filesystem::exists(recordings_path(folder), error)) {
    return settings::refused("There are no recordings in " + folder +
                             ". record.enabled = true makes the server keep them.");
  }
  const auto report = run(loaded.settings, *age, arguments.limit);
  if (!report) return settings::refused(report.error().for_log());
  return {arguments.prints_json ? operations::replay_json(*report) + "\n"
                                : operations::replay_table(*report)};
}

}  // namespace gatehouse::app
