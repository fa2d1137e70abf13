#include "users_command.hpp"

#include <array>

#include "account_links.hpp"
#include "data_files.hpp"
#include "gatehouse/async/answer_of.hpp"
#include "gatehouse/base/id.hpp"
#include "gatehouse/store/sqlite/accounts.hpp"
#include "gatehouse/store/sqlite/second_factors.hpp"

namespace gatehouse::app {
namespace {

using identity::Account;
using settings::CommandResult;
using settings::refused;

constexpr auto kLinkLifetime = std::chrono::hours(24);
constexpr std::string_view kActor = "command_line";

// The store of one command, and what it needs to change it.
class Desk {
 public:
  Desk(store::sqlite::StoreFile file, std::string origin)
      : file_(std::move(file)), origin_(std::move(origin)) {}

  CommandResult list();
  CommandResult add(const std::string& name, const std::string& role);
  CommandResult reset(const std::string& name);
  CommandResult set_disabled(const std::string& name, bool is_disabled);
  CommandResult set_role(const std::string& name, const std::string& role);
  CommandResult remove_factor(const std::string& name);

 private:
  template <typename Start>
  auto wait_for(Start start) {
    return async::answer_of(std::move(start));
  }
  Result<Account> find(const std::string& given_name);
  Result<std::string> make_password_link(const Account& account);
  audit::Event event_of(const Account& account, std::string_view action) const {
    return {.at = clock_.wall(),
            .action = std::string(action),
            .actor = std::string(kActor),
            .subject = "account:" + account.id};
  }

  const SystemClock clock_;
  SecureRandom random_;
  store::sqlite::StoreFile file_;
  store::sqlite::Accounts accounts_{*file_.writer, *file_.readers};
  store::sqlite::SecondFactors factors_{*file_.writer, *file_.readers};
  const std::string origin_;
};

Result<Account> Desk::find(const std::string& given_name) {
  auto name = identity::read_account_name(given_name);
  if (!name) return std::unexpected(name.error());
  auto found = wait_for(
      [&](async::Worker& worker) { return accounts_.find_by_name(worker, "default", *name); });
  if (!found) return std::unexpected(found.error());
  if (!*found) {
    return fail(ErrorCode::kNotFound,
                "There is no account \"" + *name + "\". `gatehouse users list` shows all.");
  }
  return std::move(**found);
}

Result<std::string> Desk::make_password_link(const Account& account) {
  const NewLink made = make_link(origin_, identity::LinkPurpose::kPassword, account.id,
                                 clock_.wall() + kLinkLifetime, random_);
  const auto kept = wait_for([&](async::Worker& worker) {
    return accounts_.add_link(worker, made.link, event_of(account, audit::action::kLinkMade));
  });
  if (!kept) return std::unexpected(kept.error());
  return made.url;
}

CommandResult Desk::list() {
  const auto accounts =
      wait_for([&](async::Worker& worker) { return accounts_.list(worker, "default"); });
  if (!accounts) return refused(accounts.error().for_log());
  std::string text;
  for (const auto& account : *accounts) {
    text.append(account.name).append("  ").append(identity::name_of(account.role));
    if (account.is_disabled) text += "  disabled";
    if (account.password_hash.empty()) text += "  has not chosen a password yet";
    text.append("  since ").append(to_rfc3339(account.created_at)).append("\n");
  }
  return {text.empty() ? "There are no accounts. `gatehouse users add NAME` makes one.\n" : text};
}

CommandResult Desk::add(const std::string& given_name, const std::string& role) {
  auto name = identity::read_account_name(given_name);
  if (!name) return refused(name.error().client_message);
  const WallTime now = clock_.wall();
  const Account account{.id = make_uuid_v7(now, random_),
                        .name = *name,
                        .role = identity::role_of(role).value_or(Role::kMember),
                        .created_at = now,
                        .password_changed_at = now};
  const auto added = wait_for([&](async::Worker& worker) {
    return accounts_.add(worker, account, event_of(account, audit::action::kAccountAdded));
  });
  if (!added) return refused(added.error().for_log());
  const auto url = make_password_link(account);
  if (!url) return refused(url.error().for_log());
  return {"Added " + account.name + " (" + role +
          "). To choose a password, within 24 hours and once:\n  " + *url + "\n"};
}

CommandResult Desk::reset(const std::string& name) {
  const auto account = find(name);
  if (!account) return refused(account.error().client_message);
  const auto url = make_password_link(*account);
  if (!url) return refused(url.error().for_log());
  return {"The old password works until the new one is chosen, within 24 hours and once:\n  " +
          *url + "\n"};
}

CommandResult Desk::set_disabled(const std::string& name, bool is_disabled) {
  auto account = find(name);
  if (!account) return refused(account.error().client_message);
  account->is_disabled = is_disabled;
  const auto action =
      is_disabled ? audit::action::kAccountDisabled : audit::action::kAccountEnabled;
  const auto kept = wait_for([&](async::Worker& worker) {
    return accounts_.set_disabled(worker, *account, event_of(*account, action));
  });
  if (!kept) return refused(kept.error().for_log());
  return {account->name + (is_disabled ? " can't sign in any more, and is signed out.\n"
                                       : " can sign in again.\n")};
}

CommandResult Desk::set_role(const std::string& name, const std::string& role) {
  auto account = find(name);
  if (!account) return refused(account.error().client_message);
  account->role = identity::role_of(role).value_or(Role::kMember);
  auto event = event_of(*account, audit::action::kRoleChanged);
  event.detail = role;
  const auto kept = wait_for([&](async::Worker& worker) {
    return accounts_.set_role(worker, *account, std::move(event));
  });
  if (!kept) return refused(kept.error().for_log());
  return {account->name + " is " + role + " now, and is signed out.\n"};
}

// For whoever has lost the app and the recovery codes; who they are is for the operator to know.
CommandResult Desk::remove_factor(const std::string& name) {
  const auto account = find(name);
  if (!account) return refused(account.error().client_message);
  const auto removed = wait_for([&](async::Worker& worker) {
    return factors_.remove(worker, {.site = account->site, .account_id = account->id},
                           event_of(*account, audit::action::kSecondFactorRemoved));
  });
  if (!removed) return refused(removed.error().for_log());
  return {account->name + " signs in with the password alone again, and is signed out.\n"};
}

}  // namespace

UsersCommand::UsersCommand(CLI::App& program) {
  auto* const users = program.add_subcommand("users", "Look after the accounts of people");
  users->require_subcommand(1);
  list_ = users->add_subcommand("list", "Show all accounts");
  add_ = users->add_subcommand("add", "Make an account, and a link to choose its password");
  reset_ = users->add_subcommand("reset", "Make a link to choose another password");
  disable_ = users->add_subcommand("disable", "Keep somebody out, and end their sessions");
  enable_ = users->add_subcommand("enable", "Let somebody in again");
  role_command_ = users->add_subcommand("role", "Change what somebody may do");
  remove_factor_ =
      users->add_subcommand("remove-factor", "Take a second factor away whose app is lost");
  for (auto* const command : {add_, reset_, disable_, enable_, role_command_, remove_factor_})
    command->add_option("name", name_, "The name of the account")->required();
  const CLI::IsMember is_role({"member", "analyst", "operator"});
  add_->add_option("--role", role_, "member, analyst or operator (member)")->check(is_role);
  role_command_->add_option("role", role_, "member, analyst or operator")
      ->required()
      ->check(is_role);
}

std::vector<CLI::App*> UsersCommand::commands() const {
  return {list_, add_, reset_, disable_, enable_, role_command_, remove_factor_};
}

bool UsersCommand::is_given() const {
  return std::ranges::any_of(commands(), [](const CLI::App* each) { return each->parsed(); });
}

CommandResult UsersCommand::run(const settings::Settings& settings) const {
  auto file = open_existing_store(settings.data_dir);
  if (!file) return refused(file.error().for_log());
  Desk desk(std::move(*file), origin_of(settings));
  if (add_->parsed()) return desk.add(name_, role_);
  if (reset_->parsed()) return desk.reset(name_);
  if (disable_->parsed()) return desk.set_disabled(name_, true);
  if (enable_->parsed()) return desk.set_disabled(name_, false);
  if (role_command_->parsed()) return desk.set_role(name_, role_);
  if (remove_factor_->parsed()) return desk.remove_factor(name_);
  return desk.list();
}

}  // namespace gatehouse::app
