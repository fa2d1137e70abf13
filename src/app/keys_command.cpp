#include "keys_command.hpp"

#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/store/sqlite/token_keys.hpp"
#include "house.hpp"
#include "key_files.hpp"

namespace gatehouse::app {
namespace {

using identity::StoredTokenKey;
using settings::CommandResult;
using settings::refused;

std::string line_of(const StoredTokenKey& key, WallTime now) {
  std::string line = key.kid + "  " + std::string(crypto::name_of(key.algorithm));
  if (!key.accepted_until) {
    line += "  signs";
  } else if (key.is_accepted(now)) {
    line += "  accepted until " + to_rfc3339(*key.accepted_until);
  } else {
    line += "  accepted no more";
  }
  return line + "  since " + to_rfc3339(key.created_at) + "\n";
}

CommandResult list(store::sqlite::TokenKeys& keys) {
  const auto all =
      async::answer_of([&](async::Worker& worker) { return keys.list(worker, "default"); });
  if (!all) return refused(all.error().for_log());
  std::string text;
  for (const auto& key : *all) text += line_of(key, SystemClock().wall());
  return {text.empty() ? "There are no keys. The first start makes one.\n" : text};
}

CommandResult rotate(store::sqlite::TokenKeys& keys, const settings::Settings& settings,
                     bool ends_all) {
  const auto sealing = read_sealing_keys(settings.store_key_file);
  if (!sealing) return refused(sealing.error().for_log());
  SecureRandom random;
  const WallTime now = SystemClock().wall();
  auto rotation = identity::make_rotation(token_algorithm(settings), ends_all,
                                          crypto::Sealer(*sealing, kTokenKeys), now, random);
  const std::string kid = rotation.fresh.kid;
  const WallTime until = rotation.others_until;
  audit::Event event{.at = now,
                     .action = std::string(audit::action::kKeysRotated),
                     .actor = "command_line",
                     .subject = "token_key:" + kid,
                     .detail = ends_all ? "now" : ""};
  const auto rotated = async::answer_of([&](async::Worker& worker) {
    return keys.rotate(worker, std::move(rotation), std::move(event));
  });
  if (!rotated) return refused(rotated.error().for_log());
  if (ends_all)
    return {kid + " signs from now on. No token from before holds: all clients sign in again.\n"};
  return {kid + " signs from now on. What was signed before holds until " + to_rfc3339(until) +
          " at most.\n"};
}

}  // namespace

KeysCommand::KeysCommand(CLI::App& program) {
  auto* const keys = program.add_subcommand("keys", "Change the keys that sign access tokens");
  keys->require_subcommand(1);
  list_ = keys->add_subcommand("list", "Show the keys, but not what they sign with");
  rotate_ = keys->add_subcommand("rotate", "Sign with a new key; nobody notices");
  rotate_->add_flag("--now", ends_all_, "End all access and refresh tokens at once");
}

CommandResult KeysCommand::run(const settings::Settings& settings) const {
  auto store = open_existing_store(settings.data_dir);
  if (!store) return refused(store.error().for_log());
  store::sqlite::TokenKeys keys(*store->writer);
  return rotate_->parsed() ? rotate(keys, settings, ends_all_) : list(keys);
}

}  // namespace gatehouse::app
