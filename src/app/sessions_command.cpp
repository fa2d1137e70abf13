#include "sessions_command.hpp"

#include <algorithm>

#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/store/sqlite/account_sessions.hpp"
#include "gatehouse/store/sqlite/accounts.hpp"

namespace gatehouse::app {
namespace {

using settings::CommandResult;
using settings::refused;

const std::string kSite = "default";

CommandResult list(store::sqlite::AccountSessions& sessions) {
  auto all = sessions.load_all_and_wait(kSite);
  if (!all) return refused(all.error().for_log());
  std::ranges::sort(*all, std::ranges::greater(), &identity::AccountSession::seen_at);
  std::string text;
  for (const auto& session : *all) {
    text.append(session.account_name)
        .append("  since ")
        .append(to_rfc3339(session.created_at))
        .append("  seen ")
        .append(to_rfc3339(session.seen_at))
        .append("  ")
        .append(session.network.to_string())
        .append("  ")
        .append(session.user_agent)
        .append("\n");
  }
  return {text.empty() ? "Nobody is signed in.\n" : text};
}

// The id of the account of that name, or nothing where all are meant.
Result<std::optional<std::string>> account_id_of(store::sqlite::StoreFile& store,
                                                 const std::string& given_name) {
  if (given_name.empty()) return std::nullopt;
  auto name = identity::read_account_name(given_name);
  if (!name) return std::unexpected(name.error());
  store::sqlite::Accounts accounts(*store.writer, *store.readers);
  const auto found = async::answer_of(
      [&](async::Worker& worker) { return accounts.find_by_name(worker, kSite, *name); });
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return fail(ErrorCode::kNotFound,
                "There is no account \"" + *name + "\". `gatehouse users list` shows all.");
  return (**found).id;
}

CommandResult revoke(store::sqlite::StoreFile& store, store::sqlite::AccountSessions& sessions,
                     const std::string& name) {
  const auto account_id = account_id_of(store, name);
  if (!account_id) return refused(account_id.error().client_message);
  audit::Event event{.at = SystemClock().wall(),
                     .action = std::string(audit::action::kSessionsEnded),
                     .actor = "command_line",
                     .subject = *account_id ? "account:" + **account_id : "site:" + kSite,
                     .detail = "all"};
  const auto ended = async::answer_of([&](async::Worker& worker) {
    return sessions.end_all(worker, kSite, *account_id, std::move(event));
  });
  if (!ended) return refused(ended.error().for_log());
  return {"Ended: " + std::to_string(*ended) + " sessions.\n"};
}

}  // namespace

SessionsCommand::SessionsCommand(CLI::App& program) {
  auto* const sessions = program.add_subcommand("sessions", "See who is signed in, and end it");
  sessions->require_subcommand(1);
  list_ = sessions->add_subcommand("list", "Show who is signed in, and where");
  revoke_ = sessions->add_subcommand("revoke", "End the sessions of somebody, or of all");
  auto* const account = revoke_->add_option("--account", account_, "Of this account");
  revoke_->add_flag("--all", ends_all_, "Of everybody")->excludes(account);
}

CommandResult SessionsCommand::run(const settings::Settings& settings) const {
  if (revoke_->parsed() && account_.empty() && !ends_all_)
    return refused("Say whose: --account NAME, or --all.");
  auto store = open_existing_store(settings.data_dir);
  if (!store) return refused(store.error().for_log());
  store::sqlite::AccountSessions sessions(*store->writer);
  return list_->parsed() ? list(sessions) : revoke(*store, sessions, account_);
}

}  // namespace gatehouse::app
